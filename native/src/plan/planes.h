#ifndef WINNOW_PLAN_PLANES_H_
#define WINNOW_PLAN_PLANES_H_

#include <cstdint>
#include <map>
#include <utility>

#include "core/status.h"
#include "plan/network.h"
#include "plan/plane.h"

namespace winnow::plan {

/// Zeros that windows need around images of one height and width.
struct Margins {
  int64_t top = 0, bottom = 0, left = 0, right = 0;
};

/// The planes of a network's values. All values of one height and width have one plane, with the widest margins that
/// any convolution needs there: so most convolutions lead from a plane to one with the same pitch.
class Planes {
 public:
  explicit Planes(int64_t lanes) : lanes_(lanes) {}

  /// Makes room for the windows of a convolution. To be called for all before the first plane is asked for.
  void AddWindows(const Node& convolution, const Shape& in);

  /// kInvalidArgument if `channels` of them would be too large.
  Status PlaneOf(const Shape& shape, Plane* plane) const;

 private:
  int64_t lanes_;
  std::map<std::pair<int64_t, int64_t>, Margins> margins_;
};

/// kInvalidArgument if the numbers are so large that the planes of `channels` channels cannot be addressed; else sets
/// `size`. All else of the plane is given.
Status SetPlaneSize(int64_t bottom, int64_t channels, Plane* plane);

/// Floats of a buffer for so many channels: the last vector of a window may reach beyond.
inline int64_t PlanesFloats(const Plane& plane, int64_t channels) { return plane.size * channels + 2 * kVector; }

/// Zeros all but the pixels in rows [first, end) of channels [first_channel, end_channel): what lies behind each row,
/// and above the first.
void ZeroMargins(const Plane& plane, int64_t first, int64_t end, int64_t first_channel, int64_t end_channel,
                 float* planes);

}  // namespace winnow::plan

#endif  // WINNOW_PLAN_PLANES_H_
