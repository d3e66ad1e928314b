#ifndef WINNOW_OPS_CONV2D_GRIDS_H_
#define WINNOW_OPS_CONV2D_GRIDS_H_

#include <algorithm>
#include <numeric>

#include "ops/conv2d/axis.h"
#include "ops/conv2d/conv2d.h"

namespace winnow {

/// The grids of a pass. Forward there is one. The gradient of x has one for every remainder of a row by the stride and
/// one of a column: the places of a grid meet the same taps of the filter, and no place meets a tap that another stride
/// skipped. Every tap is in one grid of rows, and in one of columns.
class ConvGrids {
 public:
  ConvGrids(const Conv2dDescriptor& d, const Conv2dSizes& sizes, bool is_backward)
      : rows_{d.in_height,   sizes.out_height,  d.kernel_height, d.stride_height,
              d.padding_top, d.dilation_height, is_backward},
        columns_{d.in_width,     sizes.out_width,  d.kernel_width, d.stride_width,
                 d.padding_left, d.dilation_width, is_backward} {}

  int64_t count() const { return rows_.count() * columns_.count(); }
  ConvGrid Grid(int64_t index) const {
    return {rows_.Axis(index / columns_.count()), columns_.Axis(index % columns_.count())};
  }

 private:
  struct Maker {
    int64_t in, out, kernel, stride, padding, dilation;
    bool is_backward;

    /// Remainders without a row or column need no grid.
    int64_t count() const { return is_backward ? std::min(stride, in) : 1; }

    ConvAxis Axis(int64_t remainder) const {
      if (!is_backward) return {out, 0, 1, in, stride, -padding, dilation, kernel, 0, 1};
      const int64_t places = (in - remainder + stride - 1) / stride;
      const int64_t common = std::gcd(dilation, stride), step = stride / common;
      for (int64_t tap = 0; tap < std::min(step, kernel); ++tap) {
        const int64_t distance = remainder + padding - tap * dilation;
        if (distance % stride != 0) continue;
        const int64_t taps = (kernel - 1 - tap) / step + 1;
        return {places, remainder, stride, out, 1, distance / stride, -(dilation / common), taps, tap, step};
      }
      return {places, remainder, stride, out, 1, 0, 0, 0, 0, 0};
    }
  };

  Maker rows_, columns_;
};

}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_GRIDS_H_
