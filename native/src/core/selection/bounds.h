// The bounds of a group of elements, for a kernel body: see core/simd.h for the rules of such code.
#ifndef WINNOW_CORE_SELECTION_BOUNDS_H_
#define WINNOW_CORE_SELECTION_BOUNDS_H_

#include "core/group.h"
#include "core/simd.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// A Selection as plain pointers, and the matrix's width.
struct Bounds {
  const uint32_t* bound;
  /// Null if no column splits its ties.
  const int32_t* tie_row;
  int64_t units;
};

/// One value per column, spread over the 64 elements from `element` on: a pointer into `columns` where the group lies
/// in one row, otherwise `scratch` (64 values). Beyond the matrix's last element the values go on as if it had more
/// rows.
WINNOW_INLINE const uint32_t* SpreadColumns(const uint32_t* columns, int64_t units, int64_t element,
                                            uint32_t* scratch) {
  int64_t column = element % units;
  if (column + kGroup <= units) return columns + column;
  for (int i = 0; i < kGroup; ++i) {
    scratch[i] = columns[column];
    if (++column == units) column = 0;
  }
  return scratch;
}

/// The 64 bounds from `element` on, ties included: an element is selected exactly if its key is below its bound.
WINNOW_INLINE const uint32_t* GroupBounds(const Bounds& bounds, int64_t element, uint32_t* scratch) {
  if (bounds.tie_row == nullptr) return SpreadColumns(bounds.bound, bounds.units, element, scratch);
  int64_t row = element / bounds.units;
  int64_t column = element % bounds.units;
  if (column + kGroup <= bounds.units) {
    const U32 last_row = Broadcast(static_cast<uint32_t>(row));
    for (int i = 0; i < kGroup; i += kLanes) {
      const Mask without_tie = Less(Load<U32>(bounds.tie_row + column + i), last_row);
      const U32 bound = Load<U32>(bounds.bound + column + i);
      Store(scratch + i, Select(without_tie, bound, bound + 1));
    }
    return scratch;
  }
  for (int i = 0; i < kGroup; ++i) {
    scratch[i] = bounds.bound[column] + (row <= bounds.tie_row[column] ? 1u : 0u);
    if (++column == bounds.units) {
      column = 0;
      ++row;
    }
  }
  return scratch;
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_SELECTION_BOUNDS_H_
