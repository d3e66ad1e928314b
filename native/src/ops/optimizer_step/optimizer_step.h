#ifndef WINNOW_OPS_OPTIMIZER_STEP_OPTIMIZER_STEP_H_
#define WINNOW_OPS_OPTIMIZER_STEP_OPTIMIZER_STEP_H_

#include <cstdint>
#include <vector>

#include "core/parallel_for.h"
#include "core/status.h"

namespace winnow {

/// A variable of `size` floats and what belongs to it. The new arrays may be the old ones.
struct OptimizedVariable {
  const float* variable;
  const float* gradient;
  int64_t size;
  /// Added to the gradient times the variable: L2 regularisation.
  float l2;
  /// Multiplies the variable before the step: 1 - learning rate · weight decay for decoupled decay, otherwise 1.
  float shrink;
  float* new_variable;
};

struct SgdVariable {
  OptimizedVariable common;
  /// The momentum of the last step and of this one; both null without momentum.
  const float* momentum;
  float* new_momentum;
};

struct SgdSettings {
  float learning_rate;
  float momentum;
  bool nesterov;
  /// The largest norm of all gradients together; 0: not clipped.
  float clip_norm;
};

/// With c = min(1, clip_norm / (norm + 1e-6)), the norm being that of all gradients together:
///   g = c · gradient + l2 · w,   m' = momentum · m + g,
///   w' = shrink · w - learning_rate · (nesterov ? g + momentum · m' : m')
/// and without momentum w' = shrink · w - learning_rate · g. A gradient that is NaN makes c and so every weight NaN;
/// one that is infinite makes its own weight NaN and c 0, as PyTorch does.
///
/// The norm is summed in double by blocks of a fixed size: nothing depends on the number of threads. AVX2 and AVX-512
/// give the same bits; the baseline rounds products.
Status SgdStep(const std::vector<SgdVariable>& variables, const SgdSettings& settings, ParallelFor& parallel_for);

struct AdamVariable {
  OptimizedVariable common;
  const float* mean;
  const float* square;
  float* new_mean;
  float* new_square;
};

struct AdamSettings {
  /// learning rate / (1 - beta1^t)
  float step_size;
  /// 1 - beta1
  float mean_rate;
  float beta2;
  /// 1 - beta2: rounded from the double, which 1 - (float)beta2 is not.
  float square_rate;
  float epsilon;
  /// 1 / sqrt(1 - beta2^t)
  float root_scale;
  float clip_norm;
};

/// With g as above:
///   m' = m + mean_rate · (g - m),   v' = beta2 · v + square_rate · g²
///   w' = shrink · w - step_size · m' / (sqrt(v') · root_scale + epsilon)
Status AdamStep(const std::vector<AdamVariable>& variables, const AdamSettings& settings, ParallelFor& parallel_for);

/// kInvalidArgument for a size out of range.
Status CheckOptimizerStep(const std::vector<SgdVariable>& variables);
Status CheckOptimizerStep(const std::vector<AdamVariable>& variables);

/// The same, scalar and slow: the tests compare with it.
void SgdStepReference(const std::vector<SgdVariable>& variables, const SgdSettings& settings);
void AdamStepReference(const std::vector<AdamVariable>& variables, const AdamSettings& settings);

}  // namespace winnow

#endif  // WINNOW_OPS_OPTIMIZER_STEP_OPTIMIZER_STEP_H_
