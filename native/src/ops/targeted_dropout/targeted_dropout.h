#ifndef WINNOW_OPS_TARGETED_DROPOUT_TARGETED_DROPOUT_H_
#define WINNOW_OPS_TARGETED_DROPOUT_TARGETED_DROPOUT_H_

#include <cstdint>

#include "core/bernoulli.h"
#include "core/matrix.h"
#include "core/parallel_for.h"

namespace winnow {

/// For unit granularity: one draw for each targeted column, or one for each weight in it. The numbers are those of the
/// N-API calls. Weight granularity always draws per weight.
enum class Coin { kUnit = 0, kWeight = 1 };

struct TargetedDropoutArguments {
  KernelMatrix kernel;
  Granularity granularity;
  Coin coin;
  /// How many are targeted: weights in every column, or columns.
  int64_t count;
  /// round(drop rate * 2^30), in [0, 2^30]. A targeted weight is dropped exactly if u(e) < drop_threshold.
  uint32_t drop_threshold;
  /// Of u(e): e is the column for Coin::kUnit, row * units + column otherwise.
  DrawSource draws;
  /// Whether targeted weights that are not dropped are multiplied by `scale`.
  bool rescale;
  float scale;
  /// [units]: TargetedDropoutOutputs::thresholds of the step before, or null. Where to look first at weight
  /// granularity; any bits give the same result.
  const int32_t* start = nullptr;
};

struct TargetedDropoutOutputs {
  /// [fan_in, units]: +0 where dropped, the (scaled) weight elsewhere. May be the kernel itself.
  float* output;
  /// One bit per weight, [(fan_in * units + 31) / 32]: bit e & 31 of word e >> 5 is 1 where weight e is kept; the bits
  /// beyond the last weight are 0. Null if not wanted.
  uint32_t* kept;
  /// Bits of the same layout: targeted and kept. Written only with `rescale`. Null if not wanted.
  uint32_t* scaled;
  /// [units]: the selection's bounds, for the next step's `start`, which it may be; zeros for a kernel without weights.
  /// Null if not wanted.
  int32_t* thresholds = nullptr;
};

/// kInvalidArgument for a size, count or threshold out of range.
Status CheckTargetedDropout(const TargetedDropoutArguments& arguments);

/// Drops some of the lowest weights at random. Fails with kInvalidArgument for a count or threshold out of range and
/// for a NaN; the outputs are then unspecified. Equal bit for bit on every instruction set and for every number of
/// threads.
Status TargetedDropout(const TargetedDropoutArguments& arguments, ParallelFor& parallel_for,
                       const TargetedDropoutOutputs& outputs);

/// The same, scalar and slow: the tests compare with it.
Status TargetedDropoutReference(const TargetedDropoutArguments& arguments, const TargetedDropoutOutputs& outputs);

/// The gradient: dx = kept ? (scaled ? dy * scale : dy) : +0, all [size] or [(size + 31) / 32] bit words. `scaled` may
/// be null (nothing was rescaled). `dx` may be `dy`.
struct TargetedDropoutGradArguments {
  const float* dy;
  const uint32_t* kept;
  const uint32_t* scaled;
  float scale;
  int64_t size;
};

Status TargetedDropoutGrad(const TargetedDropoutGradArguments& arguments, ParallelFor& parallel_for, float* dx);

Status TargetedDropoutGradReference(const TargetedDropoutGradArguments& arguments, float* dx);

}  // namespace winnow

#endif  // WINNOW_OPS_TARGETED_DROPOUT_TARGETED_DROPOUT_H_
