#include "plan/planes.h"

#include <algorithm>
#include <string>

#include "core/checked_size.h"

namespace winnow::plan {

void Planes::AddWindows(const Node& convolution, const Shape& in) {
  const Window& w = convolution.window;
  Margins& margins = margins_[{in.height, in.width}];
  const auto beyond = [](int64_t out, int64_t stride, int64_t kernel, int64_t dilation, int64_t padding, int64_t size) {
    return std::max<int64_t>(0, (out - 1) * stride + (kernel - 1) * dilation - padding - (size - 1));
  };
  margins.top = std::max(margins.top, w.padding_top);
  margins.left = std::max(margins.left, w.padding_left);
  margins.bottom = std::max(margins.bottom, beyond(convolution.shape.height, w.stride_height, w.kernel_height,
                                                   w.dilation_height, w.padding_top, in.height));
  margins.right = std::max(margins.right, beyond(convolution.shape.width, w.stride_width, w.kernel_width,
                                                 w.dilation_width, w.padding_left, in.width));
}

Status Planes::PlaneOf(const Shape& shape, Plane* plane) const {
  const auto found = margins_.find({shape.height, shape.width});
  const Margins margins = found == margins_.end() ? Margins() : found->second;
  *plane = {shape.height,
            shape.width,
            margins.top,
            margins.left,
            shape.width + std::max(margins.left, margins.right),
            lanes_,
            0};
  return SetPlaneSize(margins.bottom, shape.channels, plane);
}

Status SetPlaneSize(int64_t bottom, int64_t channels, Plane* plane) {
  // Each summand is below 2^34.
  const int64_t rows = plane->top + plane->height + bottom + 1;
  const auto most = ProductOf({rows + 1, plane->pitch + 1, plane->lanes, channels});
  const auto slack = ProductOf({plane->left + 3 * kVector, plane->lanes, channels});
  if (!most || !slack || *most + *slack > kMostValueFloats) {
    return InvalidArgument("height × width × channels with padding must be less than " +
                           std::to_string(kMostValueFloats) + ", got " +
                           SizesAsText({rows, plane->pitch, plane->lanes, channels}));
  }
  const int64_t end = plane->left * plane->lanes + (plane->top + plane->height + bottom) * plane->row();
  const int64_t vectors = (plane->run() + kVector - 1) / kVector;
  const int64_t floats = std::max(end, plane->At(0, 0) + vectors * kVector);
  plane->size = ((floats + kVector - 1) / kVector | 1) * kVector;
  return {};
}

void ZeroMargins(const Plane& plane, int64_t first, int64_t end, int64_t first_channel, int64_t end_channel,
                 float* planes) {
  for (int64_t channel = first_channel; channel < end_channel; ++channel) {
    float* const data = planes + channel * plane.size;
    if (first == 0) std::fill(data, data + plane.At(0, 0), 0.0f);
    for (int64_t i = first; i < end; ++i) {
      const int64_t behind = i + 1 < plane.height ? plane.At(i + 1, 0) : plane.size;
      std::fill(data + plane.At(i, plane.width), data + behind, 0.0f);
    }
  }
}

}  // namespace winnow::plan
