#ifndef WINNOW_OPS_CONV2D_CONV2D_PLAN_H_
#define WINNOW_OPS_CONV2D_CONV2D_PLAN_H_

#include <cstdint>

#include "core/isa.h"
#include "core/parallel_for.h"
#include "core/scratch.h"
#include "core/status.h"
#include "ops/conv2d/conv2d.h"

namespace winnow {

/// kWinograd: minimal filtering F(4×4, 3×3), 36 products for 16 outputs in place of 144, at the price of a rounding
/// error some twice that of a plain sum. For 3×3 filters with stride 1, padding 1 and channels in multiples of 16.
/// kPatches: patches of images as rows of a matrix, a few at a time, multiplied by the filter. For everything.
/// kDepthwise: one filter for each channel, summed up channel by channel. Where groups, inChannels and outChannels
/// agree. kSparse: the weights that are not 0, one by one, sixteen images at a time; for filters with many zeros. Its
/// gradient of the filter is that of the prepared weights that are not 0, and 0 elsewhere. A weight of 0 meets nothing,
/// neither a NaN nor an infinity. kAutomatic: the first of kWinograd, kDepthwise and kPatches that can.
enum class Conv2dAlgorithm { kAutomatic, kWinograd, kPatches, kDepthwise, kSparse };

/// Floats of a caller's.
struct ConstFloats {
  const float* data;
  int64_t count;
};
struct MutableFloats {
  float* data;
  int64_t count;
};

/// One pass of a convolution, made ready: checked, its algorithm and instruction set chosen, its filter transformed if
/// it is given. A run allocates nothing and checks sizes only; several threads may run one plan at once, each with a
/// workspace of its own. A plan without a filter of its own holds no memory and is cheap to make.
///
/// Every pass is equal bit for bit on AVX2 and AVX-512, for every number of threads and size of workspace, with
/// prepared weights or without. A NaN or infinity reaches every output that has it as a summand; whether one in the
/// filter also meets the padding's zeros depends on the algorithm, and Winograd spreads it over the tile's 4×4 outputs.
class Conv2dPlan {
 public:
  Conv2dPlan() = default;

  /// Fails with kInvalidArgument as CheckConv2d does, or if the algorithm cannot do this convolution, and with
  /// kUnavailable for want of an instruction set.
  static Status Create(const Conv2dDescriptor& descriptor, Conv2dPass pass, Conv2dPlan* plan,
                       Conv2dAlgorithm algorithm = Conv2dAlgorithm::kAutomatic);

  const Conv2dDescriptor& descriptor() const { return descriptor_; }
  const Conv2dSizes& sizes() const { return sizes_; }
  Conv2dAlgorithm algorithm() const { return algorithm_; }

  /// Transforms and packs a filter of sizes().filter floats into memory that the plan owns until its end or the next
  /// call; `filter` is not read again, and later runs take {nullptr, 0} in its place. For weights that stay as they
  /// are. Of the filter's gradient only kSparse takes, and needs, a filter: it says which weights are kept.
  /// kInvalidArgument for the filter's gradient otherwise; kOutOfMemory.
  Status PrepareWeights(ConstFloats filter, ParallelFor& parallel_for);
  /// The same on one thread.
  Status PrepareWeights(ConstFloats filter);

  /// The floats of a workspace with which up to `workers` (1 or more) threads can work at once. Without weights
  /// prepared before, a run prepares them there.
  int64_t WorkspaceSize(int workers) const;

  /// `first` and `second` are what the pass reads, in the order x, filter, y: (x, filter), (filter, dy) or (x, dy). As
  /// many threads as the workspace has room for compute; it should begin at a multiple of 64 bytes. kInvalidArgument
  /// for an array of another size or a workspace too small for one worker.
  Status Run(ConstFloats first, ConstFloats second, ParallelFor& parallel_for, MutableFloats workspace,
             MutableFloats out) const;

 private:
  Status CheckArrays(ConstFloats first, ConstFloats second, MutableFloats workspace, MutableFloats out) const;

  Conv2dDescriptor descriptor_;
  Conv2dSizes sizes_ = {};
  Conv2dPass pass_ = Conv2dPass::kForward;
  Conv2dAlgorithm algorithm_ = Conv2dAlgorithm::kAutomatic;
  Isa isa_ = Isa::kBaseline;
  bool is_prepared_ = false;
  Scratch<float> prepared_;
};

/// kSparse for a filter with so many zeros that it is faster than the dense algorithm that kAutomatic would take, for
/// the pass that reads it; else kAutomatic. Reads the filter once.
Conv2dAlgorithm ChooseConv2dAlgorithm(const Conv2dDescriptor& descriptor, ConstFloats filter);

}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_CONV2D_PLAN_H_
