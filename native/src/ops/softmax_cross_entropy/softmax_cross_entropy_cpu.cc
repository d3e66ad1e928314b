#include "ops/softmax_cross_entropy/softmax_cross_entropy_cpu.h"

#include <algorithm>
#include <cmath>

#include "core/float_environment.h"
#include "ops/softmax_cross_entropy/softmax_cross_entropy.h"

namespace winnow {
namespace {

constexpr IsaVariants<CrossEntropyKernels> kVariants = WINNOW_VARIANTS(kCrossEntropyKernels);

}  // namespace

Status SoftmaxCrossEntropy(const CrossEntropyArguments& arguments, ParallelFor& parallel_for, float* losses,
                           float* log_sums) {
  WINNOW_RETURN_IF_ERROR(CheckSoftmaxCrossEntropy(arguments));
  const CrossEntropyKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  const int64_t classes = arguments.classes;
  const double s = arguments.label_smoothing;
  parallel_for.Run(arguments.rows, 2 * classes, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    for (int64_t row = begin; row < end; ++row) {
      const float* x = arguments.logits + row * classes;
      const RowSummary summary = kernels->summarise(x, classes, s > 0);
      const double log_sum = summary.max + std::log(summary.sum_exp);
      log_sums[row] = static_cast<float>(log_sum);
      if (arguments.Ignored(row)) {
        losses[row] = 0;
        continue;
      }
      double loss = log_sum - (1 - s) * x[arguments.labels[row]];
      if (s > 0) loss -= s * (summary.sum / static_cast<double>(classes));
      losses[row] = static_cast<float>(loss);
    }
  });
  return {};
}

Status SoftmaxCrossEntropyGrad(const CrossEntropyArguments& arguments, const float* log_sums, const float* dlosses,
                               ParallelFor& parallel_for, float* dlogits) {
  WINNOW_RETURN_IF_ERROR(CheckSoftmaxCrossEntropy(arguments));
  const CrossEntropyKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  const int64_t classes = arguments.classes;
  const double s = arguments.label_smoothing;
  parallel_for.Run(arguments.rows, 2 * classes, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    for (int64_t row = begin; row < end; ++row) {
      float* y = dlogits + row * classes;
      if (arguments.Ignored(row)) {
        std::fill_n(y, classes, 0.0f);
        continue;
      }
      const float scale = dlosses[row];
      kernels->gradient(arguments.logits + row * classes, classes, log_sums[row], scale,
                        static_cast<float>(s / static_cast<double>(classes)), y);
      y[arguments.labels[row]] -= static_cast<float>(scale * (1 - s));
    }
  });
  return {};
}

}  // namespace winnow
