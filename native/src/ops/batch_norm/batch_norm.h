#ifndef WINNOW_OPS_BATCH_NORM_BATCH_NORM_H_
#define WINNOW_OPS_BATCH_NORM_BATCH_NORM_H_

#include <cstdint>

#include "core/parallel_for.h"
#include "core/status.h"

namespace winnow {

/// Batch normalisation in training with what follows it in a residual network:
///   y = act((x − mean) · k + offset [+ skip]),  k = scale / √(variance + epsilon)
/// with mean and population variance of each channel over all rows, and act the identity or ReLU.
/// Ioffe and Szegedy, "Batch Normalization", arXiv 1502.03167; the sum with `skip`: He et al., arXiv 1512.03385.
struct BatchNormArguments {
  int64_t rows;
  int64_t channels;
  /// [rows, channels].
  const float* x;
  /// [channels].
  const float* scale;
  const float* offset;
  /// [rows, channels], or null.
  const float* skip;
  float epsilon;
  bool relu;
};

struct BatchNormOutputs {
  /// [rows, channels].
  float* y;
  /// [channels]: what the gradient needs, and what running statistics follow.
  float* mean;
  float* variance;
};

/// kInvalidArgument for negative sizes, more values than can be counted, and a negative or NaN epsilon.
Status CheckBatchNorm(const BatchNormArguments& arguments);

/// Rows are summed in blocks of max(1, 4096 / channels): in a block by row modulo 4, rising, then (0 + 1) + (2 + 3), in
/// float32; the blocks' means and squared deviations are joined in double, rising. So the result is the same bit for
/// bit on every instruction set and for every number of threads. Without rows mean and variance are 0. Fails with
/// kInvalidArgument for negative sizes and with kOutOfMemory.
Status BatchNorm(const BatchNormArguments& arguments, ParallelFor& parallel_for, const BatchNormOutputs& outputs);

/// The arguments of the forward pass, its statistics, and the gradient of y.
struct BatchNormGradArguments {
  /// `skip` is not read; whether there was one shows in `y`.
  BatchNormArguments forward;
  const float* mean;
  const float* variance;
  /// The forward pass's output, needed for ReLU's mask if there was a skip; else null, and the mask is computed again.
  const float* y;
  const float* dy;
  /// [rows, channels], added to dx, or null: the gradient that x gets from elsewhere.
  const float* added;
};

struct BatchNormGradOutputs {
  /// [rows, channels].
  float* dx;
  /// [channels].
  float* dscale;
  float* doffset;
  /// [rows, channels], or null.
  float* dskip;
};

/// The gradients of x, scale, offset and skip. Sums as in BatchNorm. NaN in x is masked as x <= 0 is.
Status BatchNormGrad(const BatchNormGradArguments& arguments, ParallelFor& parallel_for,
                     const BatchNormGradOutputs& outputs);

/// The same in plain C++: the tests compare with them.
Status BatchNormReference(const BatchNormArguments& arguments, const BatchNormOutputs& outputs);
Status BatchNormGradReference(const BatchNormGradArguments& arguments, const BatchNormGradOutputs& outputs);

/// What both share.
int64_t BatchNormBlockRows(int64_t channels);
/// k of a channel.
float BatchNormFactor(float scale, float variance, float epsilon);
/// Mean and variance of a channel from the blocks' means and squared deviations, which lie `stride` apart.
void JoinBatchNormBlocks(int64_t rows, int64_t channels, const float* means, const float* deviations, int64_t stride,
                         float* mean, float* variance);
/// The two numbers of a channel that its dx needs, from the sums of g and of g · (x − mean).
struct BatchNormGradFactors {
  float dscale;
  float doffset;
  float mean_g;
  float slope;
};
BatchNormGradFactors JoinBatchNormGradBlocks(int64_t rows, int64_t channels, const float* sums, const float* products,
                                             int64_t stride, float variance, float epsilon);

}  // namespace winnow

#endif  // WINNOW_OPS_BATCH_NORM_BATCH_NORM_H_
