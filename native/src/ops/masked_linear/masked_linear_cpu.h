#ifndef WINNOW_OPS_MASKED_LINEAR_MASKED_LINEAR_CPU_H_
#define WINNOW_OPS_MASKED_LINEAR_MASKED_LINEAR_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

struct PlanEntry;

/// Rows of a kernel, at most 64 of its columns: `rows` of them, `stride` floats apart.
struct KernelPart {
  const float* weights;
  int64_t stride;
  int64_t rows;
  int64_t columns;
};

/// A row of KeptWeights: `columns` numbers; of mask and bools one is null, origin may be.
struct KeptRow {
  const float* mask;
  const uint8_t* bools;
  const float* origin;
  int64_t columns;
};

/// The kernel bodies; every instruction set has this table. NaN is not 0, -0 is.
struct MaskedLinearKernels {
  /// Writes how many weights of each column are not 0.
  void (*count_columns)(const KernelPart& part, int32_t* counts);
  /// Writes those of column c to entries[next[c]] and so on, row after row; the first row is the plan's channel
  /// `channel`. Moves next.
  void (*fill_columns)(const KernelPart& part, int64_t channel, int32_t* next, PlanEntry* entries);
  /// The number of weights of a row that are not 0.
  int64_t (*count_row)(const float* weights, int64_t columns);
  /// Writes those of a row, the first of which is the plan's channel `channel`; returns their number.
  int64_t (*fill_row)(const float* weights, int64_t columns, int64_t channel, PlanEntry* entries);
  /// The number of kept weights of a row, and where they are.
  int64_t (*count_kept)(const KeptRow& row);
  void (*fill_kept)(const KeptRow& row, int32_t* columns);
};

WINNOW_DECLARE_VARIANTS(MaskedLinearKernels, kMaskedLinearKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_MASKED_LINEAR_MASKED_LINEAR_CPU_H_
