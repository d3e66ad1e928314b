#include <algorithm>
#include <cmath>

#include "ops/softmax_cross_entropy/softmax_cross_entropy.h"

namespace winnow {

void SoftmaxCrossEntropyReference(const CrossEntropyArguments& arguments, float* losses, float* log_sums) {
  for (int64_t row = 0; row < arguments.rows; ++row) {
    const float* x = arguments.logits + row * arguments.classes;
    const double most = *std::max_element(x, x + arguments.classes);
    double sum = 0, mean = 0;
    for (int64_t i = 0; i < arguments.classes; ++i) {
      sum += std::exp(x[i] - most);
      mean += x[i] / static_cast<double>(arguments.classes);
    }
    const double log_sum = most + std::log(sum), s = arguments.label_smoothing;
    log_sums[row] = static_cast<float>(log_sum);
    losses[row] = 0;
    if (!arguments.Ignored(row)) {
      losses[row] = static_cast<float>(log_sum - (1 - s) * x[arguments.labels[row]] - (s == 0 ? 0 : s * mean));
    }
  }
}

void SoftmaxCrossEntropyGradReference(const CrossEntropyArguments& arguments, const float* log_sums,
                                      const float* dlosses, float* dlogits) {
  const double s = arguments.label_smoothing;
  for (int64_t row = 0; row < arguments.rows; ++row) {
    for (int64_t i = 0; i < arguments.classes; ++i) {
      const int64_t at = row * arguments.classes + i;
      const double target = s / static_cast<double>(arguments.classes) + (i == arguments.labels[row] ? 1 - s : 0);
      const double gradient =
          dlosses[row] * (std::exp(static_cast<double>(arguments.logits[at]) - log_sums[row]) - target);
      dlogits[at] = arguments.Ignored(row) ? 0 : static_cast<float>(gradient);
    }
  }
}

}  // namespace winnow
