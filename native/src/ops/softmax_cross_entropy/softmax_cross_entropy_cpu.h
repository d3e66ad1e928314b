#ifndef WINNOW_OPS_SOFTMAX_CROSS_ENTROPY_SOFTMAX_CROSS_ENTROPY_CPU_H_
#define WINNOW_OPS_SOFTMAX_CROSS_ENTROPY_SOFTMAX_CROSS_ENTROPY_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// What the loss needs to know of a row; sum_exp is that of exp(x - max).
struct RowSummary {
  float max;
  double sum_exp;
  /// Only if asked for.
  double sum;
};

/// The kernel bodies; every instruction set has this table.
struct CrossEntropyKernels {
  RowSummary (*summarise)(const float* row, int64_t classes, bool with_sum);
  /// y = scale · (exp(x - log_sum) - subtracted)
  void (*gradient)(const float* row, int64_t classes, float log_sum, float scale, float subtracted, float* y);
};

WINNOW_DECLARE_VARIANTS(CrossEntropyKernels, kCrossEntropyKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_SOFTMAX_CROSS_ENTROPY_SOFTMAX_CROSS_ENTROPY_CPU_H_
