#include <cmath>
#include <vector>

#include "ops/layer_norm/layer_norm.h"

namespace winnow {

void LayerNormReference(const LayerNormArguments& arguments, const float* offset, float epsilon, float* y, float* means,
                        float* inverse_deviations) {
  const int64_t width = arguments.width;
  for (int64_t row = 0; row < arguments.rows; ++row) {
    const float* x = arguments.x + row * width;
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < width; ++i) mean += x[i];
    mean /= static_cast<double>(width);
    for (int64_t i = 0; i < width; ++i) variance += (x[i] - mean) * (x[i] - mean);
    variance /= static_cast<double>(width);
    const double inverse = 1 / std::sqrt(variance + epsilon);
    means[row] = static_cast<float>(mean);
    inverse_deviations[row] = static_cast<float>(inverse);
    for (int64_t i = 0; i < width; ++i) {
      y[row * width + i] = static_cast<float>(arguments.scale[i] * (x[i] - mean) * inverse + offset[i]);
    }
  }
}

void LayerNormGradReference(const LayerNormArguments& arguments, const float* dy, const float* means,
                            const float* inverse_deviations, float* dx, float* dscale, float* doffset) {
  const int64_t width = arguments.width;
  std::vector<double> scale_sums(width), offset_sums(width);
  for (int64_t row = 0; row < arguments.rows; ++row) {
    const double inverse = inverse_deviations[row];
    const auto z = [&](int64_t i) {
      return (arguments.x[row * width + i] - static_cast<double>(means[row])) * inverse;
    };
    const auto g = [&](int64_t i) { return static_cast<double>(dy[row * width + i]) * arguments.scale[i]; };
    double mean_g = 0, mean_gz = 0;
    for (int64_t i = 0; i < width; ++i) {
      mean_g += g(i) / static_cast<double>(width);
      mean_gz += g(i) * z(i) / static_cast<double>(width);
    }
    for (int64_t i = 0; i < width; ++i) {
      scale_sums[i] += dy[row * width + i] * z(i);
      offset_sums[i] += dy[row * width + i];
      dx[row * width + i] = static_cast<float>(inverse * (g(i) - mean_g - z(i) * mean_gz));
    }
  }
  for (int64_t i = 0; i < width; ++i) {
    dscale[i] = static_cast<float>(scale_sums[i]);
    doffset[i] = static_cast<float>(offset_sums[i]);
  }
}

}  // namespace winnow
