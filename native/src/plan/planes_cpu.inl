// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd.h"
#include "core/simd_loops.h"
#include "core/sparse/panels.h"
#include "plan/activation_simd.h"
#include "plan/planes_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

using plan::ActivationCall;
using plan::Binary;
using plan::BinarySide;
using plan::Plane;
using plan::PoolWindow;

void Pack(const float* images, int64_t image, int64_t channels, const Plane& plane, int64_t first, int64_t end,
          float* planes) {
  for (int64_t i = first; i < end; ++i) {
    const float* const row = images + i * plane.width * channels;
    if (plane.lanes == 1) {
      TransposeMatrix(row, channels, plane.width, channels, planes + plane.At(i, 0), plane.size);
      continue;
    }
    for (int64_t j = 0; j < plane.width; ++j) {
      TransposeMatrix(row + j * channels, image, plane.lanes, channels, planes + plane.At(i, j), plane.size);
    }
  }
}

void Unpack(const float* planes, int64_t image, int64_t channels, const Plane& plane, int64_t first, int64_t end,
            float* images) {
  for (int64_t i = first; i < end; ++i) {
    float* const row = images + i * plane.width * channels;
    if (plane.lanes == 1) {
      TransposeMatrix(planes + plane.At(i, 0), plane.size, channels, plane.width, row, channels);
      continue;
    }
    for (int64_t j = 0; j < plane.width; ++j) {
      TransposeMatrix(planes + plane.At(i, j), plane.size, channels, plane.lanes, row + j * channels, image);
    }
  }
}

/// Calls each(at, floats) for the rows of pixels of channels [first, end); `at` counts from the first channel's plane.
template <typename Each>
WINNOW_INLINE void ForRows(const Plane& plane, int64_t first, int64_t end, const Each& each) {
  for (int64_t channel = first; channel < end; ++channel) {
    for (int64_t i = 0; i < plane.height; ++i) each(channel, channel * plane.size + plane.At(i, 0));
  }
}

void ScaleShift(const float* x, const float* scale, const float* shift, ActivationCall activation, const Plane& plane,
                int64_t first, int64_t end, float* y) {
  ForRows(plane, first, end, [&](int64_t channel, int64_t row) WINNOW_INLINE_LAMBDA {
    const F32 factor = Broadcast(scale == nullptr ? 1.0f : scale[channel]);
    const F32 summand = Broadcast(scale == nullptr ? 0.0f : shift[channel]);
    ForVectors(0, plane.width * plane.lanes, [&](auto at) WINNOW_INLINE_LAMBDA {
      F32 v = at.Load(x + row);
      if (scale != nullptr) v = MultiplyAdd(v, factor, summand);
      at.Store(y + row, Activated(activation.kind, activation.alpha, v));
    });
  });
}

/// The numbers of a pixel that is used everywhere, as a vector that fits any place of a row.
WINNOW_INLINE void FillEveryPixel(const BinarySide& side, int64_t lanes, int64_t channel, float (&values)[16]) {
  for (int i = 0; i < 16; ++i) values[i] = side.data[channel * side.plane + (lanes == 1 ? 0 : i)];
}

WINNOW_INLINE F32 Combined(Binary binary, F32 a, F32 b) {
  switch (binary) {
    case Binary::kAdd:
      return a + b;
    case Binary::kMultiply:
      return a * b;
    // NaN if either is.
    case Binary::kMaximum:
      return Choose(a > b, a, Choose(a == a, b, a));
    case Binary::kMinimum:
      return Choose(a < b, a, Choose(a == a, b, a));
  }
  return a;
}

void Combine(int binary, const BinarySide& a, const BinarySide& b, ActivationCall activation, const Plane& plane,
             int64_t first, int64_t end, float* y) {
  float a_values[16], b_values[16];
  ForRows(plane, first, end, [&](int64_t channel, int64_t row) WINNOW_INLINE_LAMBDA {
    if (a.is_at_every_pixel) FillEveryPixel(a, plane.lanes, channel, a_values);
    if (b.is_at_every_pixel) FillEveryPixel(b, plane.lanes, channel, b_values);
    ForVectors(0, plane.width * plane.lanes, [&](auto at) WINNOW_INLINE_LAMBDA {
      // Vectors begin at multiples of their length, and rows of pixels of sixteen images at multiples of sixteen.
      const F32 left = a.is_at_every_pixel ? Load<F32>(a_values + at.i % 16) : at.Load(a.data + row);
      const F32 right = b.is_at_every_pixel ? Load<F32>(b_values + at.i % 16) : at.Load(b.data + row);
      const F32 v = Combined(static_cast<Binary>(binary), left, right);
      at.Store(y + row, Activated(activation.kind, activation.alpha, v));
    });
  });
}

WINNOW_INLINE F32 Pooled(bool is_maximum, F32 a, F32 b) {
  return is_maximum ? Combined(Binary::kMaximum, a, b) : a + b;
}

/// The part of a window that meets [0, size).
struct Meeting {
  int64_t begin, end;
};
WINNOW_INLINE Meeting MeetingOf(int64_t place, int64_t kernel, int64_t size) {
  return {place < 0 ? 0 : place, place + kernel < size ? place + kernel : size};
}

/// First along the columns, whole rows at a time, then along the row.
void Pool(const PoolWindow& w, const Plane& in, const float* x, const Plane& out, float* row, float* y) {
  for (int64_t i = 0; i < out.height; ++i) {
    const Meeting rows = MeetingOf(i * w.stride_height - w.top, w.kernel_height, in.height);
    ForVectors(0, in.width * in.lanes, [&](auto at) WINNOW_INLINE_LAMBDA {
      F32 sum = at.Load(x + in.At(rows.begin, 0));
      for (int64_t r = rows.begin + 1; r < rows.end; ++r) sum = Pooled(w.is_maximum, sum, at.Load(x + in.At(r, 0)));
      at.Store(row, sum);
    });
    for (int64_t j = 0; j < out.width; ++j) {
      const Meeting columns = MeetingOf(j * w.stride_width - w.left, w.kernel_width, in.width);
      const float count = static_cast<float>((rows.end - rows.begin) * (columns.end - columns.begin));
      float* const to = y + out.At(i, j);
      ForVectors(0, in.lanes, [&](auto at) WINNOW_INLINE_LAMBDA {
        F32 sum = at.Load(row + columns.begin * in.lanes);
        for (int64_t c = columns.begin + 1; c < columns.end; ++c) {
          sum = Pooled(w.is_maximum, sum, at.Load(row + c * in.lanes));
        }
        at.Store(to, w.is_maximum ? sum : sum / Broadcast(count));
      });
    }
  }
}

void FinishRows(const float* x, const float* scale, const float* shift, const float* residual,
                ActivationCall activation, int64_t rows, int64_t channels, float* y) {
  for (int64_t row = 0; row < rows * channels; row += channels) {
    ForVectors(0, channels, [&](auto at) WINNOW_INLINE_LAMBDA {
      F32 v = at.Load(x + row);
      if (scale != nullptr) {
        v = MultiplyAdd(v, at.Load(scale), at.Load(shift));
      } else if (shift != nullptr) {
        v = v + at.Load(shift);
      }
      if (residual != nullptr) v = v + at.Load(residual + row);
      at.Store(y + row, Activated(activation.kind, activation.alpha, v));
    });
  }
}

void Softmax(const float* x, bool logarithm, int64_t rows, int64_t channels, float* y) {
  for (int64_t row = 0; row < rows; ++row, x += channels, y += channels) {
    float largest = x[0];
    for (int64_t i = 1; i < channels; ++i) largest = x[i] > largest ? x[i] : largest;
    double sums[1];
    RowSums<1>(channels, sums, [&](auto at, F32* sum) WINNOW_INLINE_LAMBDA {
      const F32 e = Exp(at.Load(x) - Broadcast(largest));
      sum[0] = sum[0] + at.Inside(e);
      at.Store(y, e);
    });
    const F32 factor = Broadcast(static_cast<float>(1.0 / sums[0]));
    const F32 log_sum = Log(Broadcast(static_cast<float>(sums[0])));
    ForVectors(0, channels, [&](auto at) WINNOW_INLINE_LAMBDA {
      at.Store(y, logarithm ? at.Load(x) - Broadcast(largest) - log_sum : at.Load(y) * factor);
    });
  }
}

}  // namespace

const plan::PlaneKernels kPlaneKernels = {Pack, Unpack, ScaleShift, Combine, Pool, FinishRows, Softmax};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
