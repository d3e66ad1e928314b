#ifndef WINNOW_OPS_CONV3X3_CONV3X3_H_
#define WINNOW_OPS_CONV3X3_CONV3X3_H_

#include <cstdint>

#include "core/parallel_for.h"
#include "core/status.h"

namespace winnow {

/// A 3×3 convolution with stride 1 and zero padding of 1 on all sides: the output is as large as the input.
struct Conv3x3Shape {
  int64_t images;
  int64_t height;
  int64_t width;
  /// Multiples of 16.
  int64_t inputs;
  int64_t outputs;
};

/// Channels come in blocks of so many.
inline constexpr int64_t kConvChannels = 16;

/// y[n, i, j, o] = Σ x[n, i + u − 1, j + v − 1, c] · filter[u, v, c, o], x and y as [n, h, w, c], filter as [3, 3, c,
/// o].
///
/// By Winograd's minimal filtering F(4×4, 3×3): 36 products for 16 outputs in place of 144, at the price of a rounding
/// error some twice that of a plain sum. Equal bit for bit on
/// AVX2 and AVX-512 and for every number of threads. Fails with kInvalidArgument for a shape that does not fit, and
/// with kOutOfMemory.
///
/// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308.
Status Conv3x3(const Conv3x3Shape& shape, const float* x, const float* filter, ParallelFor& parallel_for, float* y);

/// The gradient with respect to x: dx [n, h, w, inputs] from dy [n, h, w, outputs].
Status Conv3x3InputGrad(const Conv3x3Shape& shape, const float* dy, const float* filter, ParallelFor& parallel_for,
                        float* dx);

/// The gradient with respect to the filter, [3, 3, inputs, outputs]; the transposed form of the same algorithm.
Status Conv3x3FilterGrad(const Conv3x3Shape& shape, const float* x, const float* dy, ParallelFor& parallel_for,
                         float* dfilter);

/// Plain sums in double: the oracles of the tests.
void Conv3x3Reference(const Conv3x3Shape& shape, const float* x, const float* filter, float* y);
void Conv3x3InputGradReference(const Conv3x3Shape& shape, const float* dy, const float* filter, float* dx);
void Conv3x3FilterGradReference(const Conv3x3Shape& shape, const float* x, const float* dy, float* dfilter);

}  // namespace winnow

#endif  // WINNOW_OPS_CONV3X3_CONV3X3_H_
