#ifndef WINNOW_OPS_CONV2D_DEPTHWISE_CPU_H_
#define WINNOW_OPS_CONV2D_DEPTHWISE_CPU_H_

#include <stdint.h>

#include "core/isa.h"
#include "ops/conv2d/axis.h"

namespace winnow {

/// Places of a grid in every image, counted image by image: [first, first + count).
struct DepthwiseSpan {
  ConvGrid grid;
  int64_t kernel_width;
  int64_t channels;
  int64_t first;
  int64_t count;
};

/// The kernel bodies; every instruction set has this table. Filters are [kernel height, kernel width, channels].
struct DepthwiseKernels {
  /// Writes the sums over the taps to the places' pixels of `out`, images of [out_height, out_width, channels].
  void (*sum)(const DepthwiseSpan& span, const float* images, const float* filter, int64_t out_height,
              int64_t out_width, float* out);
  /// sums[kernel height, kernel width, channels] += what the taps meet times `gradients`, which has one row of channels
  /// for every place.
  void (*accumulate)(const DepthwiseSpan& span, const float* images, const float* gradients, float* sums);
};

WINNOW_DECLARE_VARIANTS(DepthwiseKernels, kDepthwiseKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_DEPTHWISE_CPU_H_
