#ifndef WINNOW_OPS_CONV2D_CONV2D_H_
#define WINNOW_OPS_CONV2D_CONV2D_H_

#include <cstdint>

#include "core/status.h"

namespace winnow {

/// How images lie in memory: [batch, height, width, channels].
enum class Conv2dLayout { kNhwc };

/// What is computed from the other two of x, filter and y: y; the gradient of x from that of y and the filter; the
/// gradient of the filter from x and the gradient of y.
enum class Conv2dPass { kForward, kInputGrad, kFilterGrad };

/// A convolution of images with zeros around them:
///
///   y[n, i, j, o] = Σ x[n, i · strideHeight + u · dilationHeight − paddingTop, …, c] · filter[u, v, c, o]
///
/// over the places of the filter that meet the image and the channels c of o's group. x is [batch, inHeight, inWidth,
/// inChannels], filter [kernelHeight, kernelWidth, inChannels / groups, outChannels], y [batch, outHeight, outWidth,
/// outChannels]. Group g takes its share of the input channels to its share of the output channels, in order.
struct Conv2dDescriptor {
  /// 0 or more, as the heights and widths of images.
  int64_t batch = 0;
  int64_t in_height = 0;
  int64_t in_width = 0;
  int64_t in_channels = 1;
  int64_t out_channels = 1;
  int64_t kernel_height = 1;
  int64_t kernel_width = 1;
  int64_t stride_height = 1;
  int64_t stride_width = 1;
  /// Rows and columns of zeros around each image.
  int64_t padding_top = 0;
  int64_t padding_bottom = 0;
  int64_t padding_left = 0;
  int64_t padding_right = 0;
  int64_t dilation_height = 1;
  int64_t dilation_width = 1;
  /// Divides both numbers of channels.
  int64_t groups = 1;
  Conv2dLayout layout = Conv2dLayout::kNhwc;
};

/// What follows from a descriptor. Every number fits an int64_t, in bytes, too.
struct Conv2dSizes {
  int64_t out_height;
  int64_t out_width;
  /// Numbers of floats.
  int64_t x;
  int64_t filter;
  int64_t y;
};

/// Checks all of a descriptor and gives the sizes. kInvalidArgument, with the argument's name, range and value, for a
/// number out of its range, groups that do not divide the channels, a kernel larger than the padded image (unless the
/// image has no pixel along that axis: then there is no output), and arrays of more than 2^46 floats.
Status CheckConv2d(const Conv2dDescriptor& descriptor, Conv2dSizes* sizes);

/// Sets in_height and in_width from those of y, which the gradient of x starts from: an image has so many rows and
/// columns behind what the last window reaches, fewer than a stride, or less than none for an image without pixels.
/// Needs all else but the batch. kInvalidArgument for numbers out of their range or a size that is.
Status SetInputSize(int64_t out_height, int64_t out_width, int64_t rest_height, int64_t rest_width,
                    Conv2dDescriptor* descriptor);

/// Plain sums in double, rounded once: the reference of the tests. `first` and `second` are what the pass reads, in the
/// order x, filter, y: (x, filter), (filter, dy) or (x, dy).
Status Conv2dReference(const Conv2dDescriptor& descriptor, Conv2dPass pass, const float* first, const float* second,
                       float* out);

}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_CONV2D_H_
