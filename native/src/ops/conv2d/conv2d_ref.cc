#include <vector>

#include "ops/conv2d/conv2d.h"

namespace winnow {
namespace {

/// Calls each(element of x, of filter, of y) for every product that the convolution sums up.
template <typename Each>
void ForEachProduct(const Conv2dDescriptor& d, const Conv2dSizes& sizes, const Each& each) {
  const int64_t inputs = d.in_channels / d.groups, outputs = d.out_channels / d.groups;
  int64_t y = 0;
  for (int64_t image = 0; image < d.batch; ++image) {
    for (int64_t i = 0; i < sizes.out_height; ++i) {
      for (int64_t j = 0; j < sizes.out_width; ++j, y += d.out_channels) {
        for (int64_t u = 0; u < d.kernel_height; ++u) {
          const int64_t row = i * d.stride_height + u * d.dilation_height - d.padding_top;
          if (row < 0 || row >= d.in_height) continue;
          for (int64_t v = 0; v < d.kernel_width; ++v) {
            const int64_t column = j * d.stride_width + v * d.dilation_width - d.padding_left;
            if (column < 0 || column >= d.in_width) continue;
            const int64_t x = ((image * d.in_height + row) * d.in_width + column) * d.in_channels;
            for (int64_t o = 0; o < d.out_channels; ++o) {
              for (int64_t c = 0; c < inputs; ++c) {
                const int64_t weight = ((u * d.kernel_width + v) * inputs + c) * d.out_channels + o;
                each(x + o / outputs * inputs + c, weight, y + o);
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace

Status Conv2dReference(const Conv2dDescriptor& descriptor, Conv2dPass pass, const float* first, const float* second,
                       float* out) {
  Conv2dSizes sizes;
  WINNOW_RETURN_IF_ERROR(CheckConv2d(descriptor, &sizes));
  std::vector<double> sums(pass == Conv2dPass::kForward     ? sizes.y
                           : pass == Conv2dPass::kInputGrad ? sizes.x
                                                            : sizes.filter);
  ForEachProduct(descriptor, sizes, [&](int64_t x, int64_t weight, int64_t y) {
    switch (pass) {
      case Conv2dPass::kForward:
        sums[y] += double{first[x]} * second[weight];
        break;
      case Conv2dPass::kInputGrad:
        sums[x] += double{first[weight]} * second[y];
        break;
      case Conv2dPass::kFilterGrad:
        sums[weight] += double{first[x]} * second[y];
        break;
    }
  });
  for (size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<float>(sums[i]);
  return {};
}

}  // namespace winnow
