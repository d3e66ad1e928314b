#ifndef WINNOW_OPS_OPTIMIZER_STEP_OPTIMIZER_STEP_CPU_H_
#define WINNOW_OPS_OPTIMIZER_STEP_OPTIMIZER_STEP_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

struct SgdVariable;
struct SgdSettings;
struct AdamVariable;
struct AdamSettings;

/// The kernel bodies, for the elements [begin, end) of a variable; every instruction set has this table.
struct OptimizerKernels {
  void (*sgd)(const SgdVariable& variable, const SgdSettings& settings, float clip, int64_t begin, int64_t end);
  void (*adam)(const AdamVariable& variable, const AdamSettings& settings, float clip, int64_t begin, int64_t end);
  /// Elements go to 16 sums by i % 16, which are added in order: the same bits everywhere, since the products of floats
  /// are exact in double.
  double (*sum_squares)(const float* values, int64_t count);
};

WINNOW_DECLARE_VARIANTS(OptimizerKernels, kOptimizerKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_OPTIMIZER_STEP_OPTIMIZER_STEP_CPU_H_
