#ifndef WINNOW_CORE_SELECTION_SELECTION_H_
#define WINNOW_CORE_SELECTION_SELECTION_H_

#include <cstdint>
#include <vector>

#include "core/matrix.h"
#include "core/parallel_for.h"

namespace winnow {

/// Which entries of a kernel rank lowest, as two numbers per column. With key(w) = bits of w & 0x7fffffff, an integer
/// that orders floats by magnitude, entry (row, column) is selected exactly if
///   key < bound[column] + (row <= tie_row[column] ? 1 : 0).
/// So a pass over the kernel decides with one comparison, and ties are resolved to the lower row.
struct Selection {
  /// [units + 64], each in [0, 2^31). An unselected column has 0, a wholly selected one more than any key. The last 64
  /// repeat the first ones periodically, so that the bounds of any 64 elements lie beside each other.
  std::vector<uint32_t> bound;
  /// [units]: the last row whose tie with `bound` is selected, or −1.
  std::vector<int32_t> tie_row;
  /// Whether any tie_row is not −1: without, a pass needs no rows.
  bool has_ties = false;
};

/// More than the key of any float but NaN, even after adding 1.
inline constexpr uint32_t kAboveAllKeys = 0x7f800002u;

/// Selects the `count` lowest: in every column by (|w|, row) or, for unit granularity, the `count` columns lowest by
/// (sum of squares, column), each sum accumulated in double in the order of the rows. −0 equals 0, ±inf rank highest.
/// Throws nothing. kInvalidArgument for a size or count out of range (see CheckSelection) and for NaN anywhere.
///
/// `start`, [units] or null, says where to look first at weight granularity: the bounds of a selection from almost the
/// same weights and count make one pass over the kernel enough. It decides how long the selection takes and nothing
/// else: any bits give the same result. 0 means unknown.
Status SelectLowest(const KernelMatrix& kernel, Granularity granularity, int64_t count, ParallelFor& parallel_for,
                    Selection* selection, const int32_t* start = nullptr);

/// The same by sorting, in plain C++: the tests compare with it.
Status SelectLowestReference(const KernelMatrix& kernel, Granularity granularity, int64_t count,
                             std::vector<bool>* selected);

}  // namespace winnow

#endif  // WINNOW_CORE_SELECTION_SELECTION_H_
