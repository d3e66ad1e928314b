#include "ops/conv2d/conv2d.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "core/checked_size.h"

namespace winnow {
namespace {

constexpr int64_t kMost = 2147483647;
/// Floats of an array: 2^48 bytes are more than a process can address.
constexpr int64_t kMostFloats = int64_t{1} << 46;

struct Range {
  const char* name;
  int64_t value;
  int64_t least;
};

Status Check(const Range& range) { return CheckRange(range.name, range.value, range.least, kMost); }

Status CheckDivides(int64_t groups, const char* name, int64_t channels) {
  if (channels % groups == 0) return {};
  return InvalidArgument("groups must divide " + std::string(name) + ", " + std::to_string(channels) + ", got " +
                         std::to_string(groups));
}

/// A size of 0 does not hide that the others are too large: kernels count with the sizes between.
Status Product(const char* name, std::initializer_list<int64_t> sizes, int64_t* product) {
  bool is_empty = false, is_large = false;
  *product = 1;
  for (int64_t size : sizes) {
    is_empty |= size == 0;
    is_large |= !ProductOf({*product, size}) || *product * std::max<int64_t>(1, size) > kMostFloats;
    if (is_large) break;
    *product *= std::max<int64_t>(1, size);
  }
  if (is_empty) *product = 0;
  if (!is_large) return {};
  return InvalidArgument(std::string(name) + " must have at most 2^46 elements, got " + SizesAsText(sizes));
}

/// All summands are below 2^31, their products below 2^62.
Status OutputSize(const char* name, int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation,
                  int64_t* out) {
  const int64_t span = (kernel - 1) * dilation + 1, padded = in + padding;
  if (span <= padded) {
    *out = (padded - span) / stride + 1;
    return {};
  }
  *out = 0;
  if (in == 0) return {};
  return InvalidArgument(std::string(name) + " must be such that the dilated kernel fits the padded image's " +
                         std::to_string(padded) + ", got " + std::to_string(kernel) + ", which with dilation " +
                         std::to_string(dilation) + " spans " + std::to_string(span));
}

Status CheckGeometry(const Conv2dDescriptor& d) {
  for (const Range& range :
       {Range{"kernelHeight", d.kernel_height, 1}, Range{"kernelWidth", d.kernel_width, 1},
        Range{"strideHeight", d.stride_height, 1}, Range{"strideWidth", d.stride_width, 1},
        Range{"paddingTop", d.padding_top, 0}, Range{"paddingBottom", d.padding_bottom, 0},
        Range{"paddingLeft", d.padding_left, 0}, Range{"paddingRight", d.padding_right, 0},
        Range{"dilationHeight", d.dilation_height, 1}, Range{"dilationWidth", d.dilation_width, 1}}) {
    WINNOW_RETURN_IF_ERROR(Check(range));
  }
  return {};
}

Status InputSize(const char* name, int64_t out, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation,
                 int64_t rest, int64_t* in) {
  int64_t reach;
  const bool is_large = __builtin_mul_overflow(out - 1, stride, &reach) ||
                        __builtin_add_overflow(reach, (kernel - 1) * dilation + 1 - padding, &reach) ||
                        __builtin_add_overflow(reach, rest, in);
  if (!is_large) return Check({name, *in, 0});
  return InvalidArgument(std::string(name) + " must be in [0, " + std::to_string(kMost) + "], got more than 2^62");
}

}  // namespace

Status CheckConv2d(const Conv2dDescriptor& d, Conv2dSizes* sizes) {
  for (const Range& range :
       {Range{"batch", d.batch, 0}, Range{"inHeight", d.in_height, 0}, Range{"inWidth", d.in_width, 0},
        Range{"inChannels", d.in_channels, 1}, Range{"outChannels", d.out_channels, 1}, Range{"groups", d.groups, 1}}) {
    WINNOW_RETURN_IF_ERROR(Check(range));
  }
  WINNOW_RETURN_IF_ERROR(CheckGeometry(d));
  if (d.layout != Conv2dLayout::kNhwc) {
    return InvalidArgument("layout must be 0, NHWC, got " + std::to_string(static_cast<int>(d.layout)));
  }
  WINNOW_RETURN_IF_ERROR(CheckDivides(d.groups, "inChannels", d.in_channels));
  WINNOW_RETURN_IF_ERROR(CheckDivides(d.groups, "outChannels", d.out_channels));
  WINNOW_RETURN_IF_ERROR(OutputSize("kernelHeight", d.in_height, d.kernel_height, d.stride_height,
                                    d.padding_top + d.padding_bottom, d.dilation_height, &sizes->out_height));
  WINNOW_RETURN_IF_ERROR(OutputSize("kernelWidth", d.in_width, d.kernel_width, d.stride_width,
                                    d.padding_left + d.padding_right, d.dilation_width, &sizes->out_width));
  WINNOW_RETURN_IF_ERROR(Product("x", {d.batch, d.in_height, d.in_width, d.in_channels}, &sizes->x));
  WINNOW_RETURN_IF_ERROR(
      Product("filter", {d.kernel_height, d.kernel_width, d.in_channels / d.groups, d.out_channels}, &sizes->filter));
  return Product("y", {d.batch, sizes->out_height, sizes->out_width, d.out_channels}, &sizes->y);
}

Status SetInputSize(int64_t out_height, int64_t out_width, int64_t rest_height, int64_t rest_width,
                    Conv2dDescriptor* d) {
  WINNOW_RETURN_IF_ERROR(CheckGeometry(*d));
  WINNOW_RETURN_IF_ERROR(Check({"outHeight", out_height, 0}));
  WINNOW_RETURN_IF_ERROR(Check({"outWidth", out_width, 0}));
  WINNOW_RETURN_IF_ERROR(InputSize("inHeight", out_height, d->kernel_height, d->stride_height,
                                   d->padding_top + d->padding_bottom, d->dilation_height, rest_height, &d->in_height));
  return InputSize("inWidth", out_width, d->kernel_width, d->stride_width, d->padding_left + d->padding_right,
                   d->dilation_width, rest_width, &d->in_width);
}

}  // namespace winnow
