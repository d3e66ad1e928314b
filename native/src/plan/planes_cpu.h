#ifndef WINNOW_PLAN_PLANES_CPU_H_
#define WINNOW_PLAN_PLANES_CPU_H_

#include <stdint.h>

#include "core/isa.h"
#include "plan/activation.h"
#include "plan/plane.h"

namespace winnow::plan {

/// What elementwise operations of two values do.
enum class Binary { kAdd, kMultiply, kMaximum, kMinimum };

/// One side of a binary operation: its channels, or for each channel the pixel that is used at every place.
struct BinarySide {
  const float* data;
  int64_t plane;
  bool is_at_every_pixel;
};

/// A pool's window on one channel.
struct PoolWindow {
  int64_t kernel_height, kernel_width, stride_height, stride_width, top, left;
  bool is_maximum;
};

/// The kernel bodies; every instruction set has this table. `planes` point to channels, each `plane.size` floats after
/// the last.
struct PlaneKernels {
  /// Rows [first, end) of images [height, width, channels], as many as the plane has lanes, to planes; and back.
  /// `image` floats lie between the images.
  void (*pack)(const float* images, int64_t image, int64_t channels, const Plane& plane, int64_t first, int64_t end,
               float* planes);
  void (*unpack)(const float* planes, int64_t image, int64_t channels, const Plane& plane, int64_t first, int64_t end,
                 float* images);
  /// y = activation(x · scale + shift) at the pixels of channels [first, end); scale and shift may be null, both.
  void (*scale_shift)(const float* x, const float* scale, const float* shift, ActivationCall activation,
                      const Plane& plane, int64_t first, int64_t end, float* y);
  /// y = activation(a op b)
  void (*binary)(int binary, const BinarySide& a, const BinarySide& b, ActivationCall activation, const Plane& plane,
                 int64_t first, int64_t end, float* y);
  /// One channel; `row` has the floats of a row of x with its lanes.
  void (*pool)(const PoolWindow& window, const Plane& in, const float* x, const Plane& out, float* row, float* y);
  /// y [rows][channels] = activation(x · scale + shift + residual); scale, shift and residual may be null, and y be x.
  void (*finish_rows)(const float* x, const float* scale, const float* shift, const float* residual,
                      ActivationCall activation, int64_t rows, int64_t channels, float* y);
  /// Softmax, or its logarithm, of each row.
  void (*softmax)(const float* x, bool logarithm, int64_t rows, int64_t channels, float* y);
};

}  // namespace winnow::plan

namespace winnow {
WINNOW_DECLARE_VARIANTS(plan::PlaneKernels, kPlaneKernels)
}  // namespace winnow

#endif  // WINNOW_PLAN_PLANES_CPU_H_
