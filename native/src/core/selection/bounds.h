// The bounds of a group of elements, for a kernel body: see core/simd.h for the rules of such code.
#ifndef WINNOW_CORE_SELECTION_BOUNDS_H_
#define WINNOW_CORE_SELECTION_BOUNDS_H_

#include "core/group.h"
#include "core/simd.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// A Selection as plain pointers, and the matrix's width.
struct Bounds {
  /// Goes on periodically for a group beyond the last column.
  const uint32_t* bound;
  /// Null if no column splits its ties.
  const int32_t* tie_row;
  int64_t units;
};

/// Where an element of a row-major matrix is.
struct Place {
  int64_t row;
  int64_t column;
};

WINNOW_INLINE Place PlaceOf(int64_t element, int64_t units) { return {element / units, element % units}; }

/// The place 64 elements further on, without a division.
WINNOW_INLINE void NextGroup(Place& place, int64_t units) {
  place.column += kGroup;
  while (place.column >= units) {
    place.column -= units;
    ++place.row;
  }
}

/// The 64 bounds from `place` on, ties included: an element is selected exactly if its key is below its bound.
/// `scratch` has room for them. Beyond the matrix's last element they go on as if it had more rows.
WINNOW_INLINE const uint32_t* GroupBounds(const Bounds& bounds, Place place, uint32_t* scratch) {
  if (bounds.tie_row == nullptr) return bounds.bound + place.column;
  if (place.column + kGroup <= bounds.units) {
    const U32 last_row = Broadcast(static_cast<uint32_t>(place.row));
    for (int i = 0; i < kGroup; i += kLanes) {
      const Mask without_tie = Less(Load<U32>(bounds.tie_row + place.column + i), last_row);
      const U32 bound = Load<U32>(bounds.bound + place.column + i);
      Store(scratch + i, Select(without_tie, bound, bound + 1));
    }
    return scratch;
  }
  for (int i = 0; i < kGroup; ++i) {
    scratch[i] = bounds.bound[place.column] + (place.row <= bounds.tie_row[place.column] ? 1u : 0u);
    if (++place.column == bounds.units) {
      place.column = 0;
      ++place.row;
    }
  }
  return scratch;
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_SELECTION_BOUNDS_H_
