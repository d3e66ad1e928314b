#ifndef WINNOW_OPS_TARGETED_DROPOUT_TARGETED_DROPOUT_CPU_H_
#define WINNOW_OPS_TARGETED_DROPOUT_TARGETED_DROPOUT_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// Dropout for the elements [begin, end) of a kernel; begin is a multiple of 128.
struct DropoutRange {
  const float* kernel;
  int64_t units;
  /// See Selection; tie_row is null if no ties are split.
  const uint32_t* bound;
  const int32_t* tie_row;
  /// A bit for every column, 1 where it is dropped if targeted, as Selection::bound periodic to units + 64, and 16
  /// bytes more to read from; null for a bit per element, drawn from the next four.
  const uint8_t* column_coins;
  uint32_t key_low;
  uint32_t key_high;
  uint32_t kernel_id;
  uint32_t step;
  uint32_t drop_threshold;
  bool rescale;
  float scale;
  int64_t begin;
  int64_t end;
};

/// As TargetedDropoutOutputs, for the whole kernel.
struct DropoutTargets {
  float* output;
  uint32_t* kept;
  uint32_t* scaled;
};

/// The gradient for the elements [begin, end); begin is a multiple of 64.
struct DropoutGradRange {
  const float* dy;
  const uint32_t* kept;
  const uint32_t* scaled;
  float scale;
  int64_t begin;
  int64_t end;
};

/// The kernel bodies; every instruction set has this table.
struct TargetedDropoutKernels {
  void (*drop)(const DropoutRange& range, const DropoutTargets& targets);
  void (*gradient)(const DropoutGradRange& range, float* dx);
};

WINNOW_DECLARE_VARIANTS(TargetedDropoutKernels, kTargetedDropoutKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_TARGETED_DROPOUT_TARGETED_DROPOUT_CPU_H_
