#include "ops/optimizer_step/optimizer_step_cpu.h"

#include <cmath>
#include <new>

#include "core/float_environment.h"
#include "core/portions.h"
#include "ops/optimizer_step/optimizer_step.h"

namespace winnow {
namespace {

constexpr IsaVariants<OptimizerKernels> kVariants = WINNOW_VARIANTS(kOptimizerKernels);

/// Cycles of an element: what its bytes take from memory.
constexpr int64_t kCost = 4;

/// What all gradients are multiplied by. NaN if one of them is NaN.
template <typename Variable>
float ClipFactor(const OptimizerKernels& kernels, const std::vector<Variable>& variables, const Portions& portions,
                 float clip_norm, ParallelFor& parallel_for) {
  if (clip_norm == 0) return 1;
  std::vector<double> sums(portions.count());
  portions.ForEach(parallel_for, kCost, [&](int64_t portion, size_t i, int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    sums[portion] = kernels.sum_squares(variables[i].common.gradient + begin, end - begin);
  });
  double sum = 0;
  for (double part : sums) sum += part;
  const double factor = clip_norm / (std::sqrt(sum) + 1e-6);
  return factor > 1 ? 1.0f : static_cast<float>(factor);
}

template <typename Variable, typename Settings>
Status Step(void (*OptimizerKernels::*body)(const Variable&, const Settings&, float, int64_t, int64_t),
            const std::vector<Variable>& variables, const Settings& settings, ParallelFor& parallel_for) try {
  WINNOW_RETURN_IF_ERROR(CheckOptimizerStep(variables));
  const OptimizerKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  Portions portions;
  for (const Variable& variable : variables) portions.Add(variable.common.size);
  const float clip = ClipFactor(*kernels, variables, portions, settings.clip_norm, parallel_for);
  portions.ForEach(parallel_for, kCost, [&](int64_t, size_t i, int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    (kernels->*body)(variables[i], settings, clip, begin, end);
  });
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace

Status SgdStep(const std::vector<SgdVariable>& variables, const SgdSettings& settings, ParallelFor& parallel_for) {
  return Step(&OptimizerKernels::sgd, variables, settings, parallel_for);
}

Status AdamStep(const std::vector<AdamVariable>& variables, const AdamSettings& settings, ParallelFor& parallel_for) {
  return Step(&OptimizerKernels::adam, variables, settings, parallel_for);
}

}  // namespace winnow
