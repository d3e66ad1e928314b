#include "ops/layer_norm/layer_norm_cpu.h"

#include <new>

#include "core/float_environment.h"
#include "core/row_chunks.h"
#include "ops/layer_norm/layer_norm.h"

namespace winnow {
namespace {

constexpr IsaVariants<LayerNormKernels> kVariants = WINNOW_VARIANTS(kLayerNormKernels);

}  // namespace

Status LayerNorm(const LayerNormArguments& arguments, const float* offset, float epsilon, ParallelFor& parallel_for,
                 float* y, float* means, float* inverse_deviations) {
  WINNOW_RETURN_IF_ERROR(CheckLayerNorm(arguments, epsilon));
  const LayerNormKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  const int64_t width = arguments.width;
  parallel_for.Run(arguments.rows, 20 + 2 * width, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    for (int64_t row = begin; row < end; ++row) {
      const RowMoments moments =
          kernels->forward(arguments.x + row * width, arguments.scale, offset, width, epsilon, y + row * width);
      means[row] = moments.mean;
      inverse_deviations[row] = moments.inverse_deviation;
    }
  });
  return {};
}

Status LayerNormGrad(const LayerNormArguments& arguments, const float* dy, const float* means,
                     const float* inverse_deviations, ParallelFor& parallel_for, float* dx, float* dscale,
                     float* doffset) try {
  WINNOW_RETURN_IF_ERROR(CheckLayerNorm(arguments));
  const LayerNormKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  const int64_t width = arguments.width;
  std::vector<float> sums(2 * width);
  RowChunks(arguments.rows)
      .Sum(parallel_for, 20 + 3 * width, 2 * width, sums.data(), [&](int64_t begin, int64_t end, float* partial) {
        const ScopedIeeeFloats ieee;
        for (int64_t row = begin; row < end; ++row) {
          const int64_t at = row * width;
          kernels->backward(arguments.x + at, dy + at, arguments.scale, width, {means[row], inverse_deviations[row]},
                            dx + at, partial, partial + width);
        }
      });
  std::copy_n(sums.data(), width, dscale);
  std::copy_n(sums.data() + width, width, doffset);
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
