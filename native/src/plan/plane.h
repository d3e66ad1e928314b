// How a value lies in a plan's memory while sparse layers work on it.
#ifndef WINNOW_PLAN_PLANE_H_
#define WINNOW_PLAN_PLANE_H_

#include <stdint.h>

namespace winnow::plan {

/// Floats of a vector, on every instruction set.
static constexpr int64_t kVector = 16;

/// One channel: rows of pixels with zeros around them, each pixel `lanes` floats: sixteen images, or one. Behind a row
/// and before the next lie the same zeros, so a window that reaches beyond an edge needs no test, and a window moved by
/// one row or column is the same addresses moved by a constant.
struct Plane {
  int64_t height, width;
  /// Rows of zeros above.
  int64_t top;
  /// Floats before the first row.
  int64_t left;
  /// Pixels from a row to the next.
  int64_t pitch;
  int64_t lanes;
  /// Floats from a channel to the next: whole vectors, and an odd number of them, so that channels do not meet in the
  /// same sets of a cache. The last vector that begins in a row ends in the plane.
  int64_t size;

  int64_t row() const { return pitch * lanes; }
  int64_t At(int64_t i, int64_t j) const { return left * lanes + ((i + top) * pitch + j) * lanes; }
  /// Floats from the first pixel to the last.
  int64_t run() const { return height == 0 ? 0 : ((height - 1) * pitch + width) * lanes; }
};

}  // namespace winnow::plan

#endif  // WINNOW_PLAN_PLANE_H_
