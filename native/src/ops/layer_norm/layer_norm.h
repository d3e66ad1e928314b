#ifndef WINNOW_OPS_LAYER_NORM_LAYER_NORM_H_
#define WINNOW_OPS_LAYER_NORM_LAYER_NORM_H_

#include <cstdint>

#include "core/parallel_for.h"
#include "core/status.h"

namespace winnow {

struct LayerNormArguments {
  /// [rows, width]
  const float* x;
  /// [width]
  const float* scale;
  int64_t rows;
  int64_t width;
};

/// kInvalidArgument for negative sizes, more values than can be counted, and a negative or NaN epsilon (which gradients
/// do not have).
Status CheckLayerNorm(const LayerNormArguments& arguments, float epsilon = 0);

/// For every row: means[row] = mean(x), inverse_deviations[row] = 1 / sqrt(variance(x) + epsilon), the variance being
/// that of the population, and y = scale · (x - mean) · inverse deviation + offset. Sums are made in 16 lanes, blocks
/// of 1,024 added in double; AVX2 and AVX-512 give the same bits, for every number of threads. Fails for a negative or
/// NaN epsilon.
Status LayerNorm(const LayerNormArguments& arguments, const float* offset, float epsilon, ParallelFor& parallel_for,
                 float* y, float* means, float* inverse_deviations);

/// With z = (x - mean) · inverse deviation and g = dy · scale:
///   dx = inverse deviation · (g - mean(g) - z · mean(g · z)),  dscale = sum over rows of dy · z,  doffset = sum of dy
/// The sums over rows go by chunks of a size that depends on the number of rows alone. dx may be dy.
Status LayerNormGrad(const LayerNormArguments& arguments, const float* dy, const float* means,
                     const float* inverse_deviations, ParallelFor& parallel_for, float* dx, float* dscale,
                     float* doffset);

/// The same, scalar, in double: the tests compare with it.
void LayerNormReference(const LayerNormArguments& arguments, const float* offset, float epsilon, float* y, float* means,
                        float* inverse_deviations);
void LayerNormGradReference(const LayerNormArguments& arguments, const float* dy, const float* means,
                            const float* inverse_deviations, float* dx, float* dscale, float* doffset);

}  // namespace winnow

#endif  // WINNOW_OPS_LAYER_NORM_LAYER_NORM_H_
