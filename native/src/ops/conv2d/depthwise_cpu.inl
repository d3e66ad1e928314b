// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd_loops.h"
#include "ops/conv2d/depthwise_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

struct Taps {
  int64_t begin;
  int64_t end;
};

/// The taps that meet the image from `start` on.
WINNOW_INLINE Taps TapsInside(const ConvAxis& axis, int64_t start) {
  const auto is_inside = [&](int64_t tap) __attribute__((always_inline)) {
    const int64_t at = start + tap * axis.offset_step;
    return at >= 0 && at < axis.in_size;
  };
  Taps inside = {0, axis.taps};
  while (inside.begin < inside.end && !is_inside(inside.begin)) ++inside.begin;
  while (inside.begin < inside.end && !is_inside(inside.end - 1)) --inside.end;
  return inside;
}

/// Calls each(place, pixel before the first tap, taps of rows, taps of columns) for every place.
template <typename Each>
WINNOW_INLINE void ForPlaces(const DepthwiseSpan& span, const Each& each) {
  const ConvAxis &rows = span.grid.rows, &columns = span.grid.columns;
  for (int64_t i = span.first; i < span.first + span.count; ++i) {
    const int64_t column = i % columns.places, row = i / columns.places % rows.places;
    const int64_t image = i / columns.places / rows.places;
    const int64_t in_row = row * rows.in_step + rows.offset, in_column = column * columns.in_step + columns.offset;
    const int64_t pixel = (image * rows.in_size + in_row) * columns.in_size + in_column;
    each(i, pixel, TapsInside(rows, in_row), TapsInside(columns, in_column));
  }
}

/// Calls each(element of the images, element of the filter) for every tap.
template <typename Each>
WINNOW_INLINE void ForTaps(const DepthwiseSpan& span, int64_t pixel, const Taps& rows, const Taps& columns,
                           const Each& each) {
  const ConvAxis &r = span.grid.rows, &c = span.grid.columns;
  for (int64_t u = rows.begin; u < rows.end; ++u) {
    const int64_t line = pixel + u * r.offset_step * c.in_size;
    const int64_t place = (r.first_tap + u * r.tap_step) * span.kernel_width + c.first_tap;
    for (int64_t v = columns.begin; v < columns.end; ++v) {
      each((line + v * c.offset_step) * span.channels, (place + v * c.tap_step) * span.channels);
    }
  }
}

void Sum(const DepthwiseSpan& span, const float* images, const float* filter, int64_t out_height, int64_t out_width,
         float* out) {
  const ConvAxis &r = span.grid.rows, &c = span.grid.columns;
  ForPlaces(span, [&](int64_t place, int64_t pixel, Taps rows, Taps columns) WINNOW_INLINE_LAMBDA {
    const int64_t column = c.out_base + place % c.places * c.out_step;
    const int64_t row = r.out_base + place / c.places % r.places * r.out_step;
    const int64_t image = place / c.places / r.places;
    float* const to = out + ((image * out_height + row) * out_width + column) * span.channels;
    ForVectors(0, span.channels, [&](auto at) WINNOW_INLINE_LAMBDA {
      F32 sum = {};
      ForTaps(span, pixel, rows, columns, [&](int64_t x, int64_t weight) WINNOW_INLINE_LAMBDA {
        sum = MultiplyAdd(at.Load(images + x), at.Load(filter + weight), sum);
      });
      at.Store(to, sum);
    });
  });
}

void Accumulate(const DepthwiseSpan& span, const float* images, const float* gradients, float* sums) {
  ForPlaces(span, [&](int64_t place, int64_t pixel, Taps rows, Taps columns) WINNOW_INLINE_LAMBDA {
    const float* const gradient = gradients + place * span.channels;
    ForVectors(0, span.channels, [&](auto at) WINNOW_INLINE_LAMBDA {
      const F32 factor = at.Load(gradient);
      ForTaps(span, pixel, rows, columns, [&](int64_t x, int64_t weight) WINNOW_INLINE_LAMBDA {
        at.Store(sums + weight, MultiplyAdd(at.Load(images + x), factor, at.Load(sums + weight)));
      });
    });
  });
}

}  // namespace

const DepthwiseKernels kDepthwiseKernels = {Sum, Accumulate};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
