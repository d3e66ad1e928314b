// Convolution and its input gradient as one thing: sums over taps, on a grid of places.
#ifndef WINNOW_OPS_CONV2D_AXIS_H_
#define WINNOW_OPS_CONV2D_AXIS_H_

#include <stdint.h>

namespace winnow {

/// One axis of a grid. Place p of the output, at out_base + p · out_step, is the sum over taps t of what the input has
/// at p · in_step + offset + t · offset_step (zero outside [0, in_size)) times the filter at first_tap + t · tap_step.
struct ConvAxis {
  int64_t places;
  int64_t out_base;
  int64_t out_step;
  int64_t in_size;
  int64_t in_step;
  int64_t offset;
  int64_t offset_step;
  int64_t taps;
  int64_t first_tap;
  int64_t tap_step;
};

struct ConvGrid {
  ConvAxis rows;
  ConvAxis columns;

  int64_t places() const { return rows.places * columns.places; }
  int64_t taps() const { return rows.taps * columns.taps; }
  /// Where in the filter a tap stands, taps counted row by row.
  int64_t FilterPlace(int64_t tap, int64_t kernel_width) const {
    const int64_t row = rows.first_tap + tap / columns.taps * rows.tap_step;
    return row * kernel_width + columns.first_tap + tap % columns.taps * columns.tap_step;
  }
  /// Where in an image of `width` columns a place stands.
  int64_t OutPixel(int64_t place, int64_t width) const {
    const int64_t row = rows.out_base + place / columns.places * rows.out_step;
    return row * width + columns.out_base + place % columns.places * columns.out_step;
  }
};

}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_AXIS_H_
