// How a selection cuts a kernel into pieces, and what its parallel bodies report.
#ifndef WINNOW_CORE_SELECTION_COLUMN_BLOCKS_H_
#define WINNOW_CORE_SELECTION_COLUMN_BLOCKS_H_

#include <algorithm>
#include <atomic>

#include "core/matrix.h"
#include "core/selection/selection_cpu.h"

namespace winnow {

inline ColumnBlock BlockAt(const KernelMatrix& kernel, int64_t block) {
  const int64_t column = block * kBlockColumns;
  const int columns = static_cast<int>(std::min<int64_t>(kBlockColumns, kernel.units - column));
  // A kernel without rows may have no data at all, from which no offset counts.
  const float* begin = kernel.fan_in > 0 ? kernel.data + column : kernel.data;
  return {begin, kernel.fan_in, kernel.units, columns};
}

inline int64_t BlockCount(int64_t columns) { return (columns + kBlockColumns - 1) / kBlockColumns; }

/// What went wrong in a parallel body; the bodies cannot return it.
struct Failures {
  std::atomic<bool> nan{false};
  std::atomic<bool> memory{false};

  Status ToStatus(const KernelMatrix& kernel) const {
    if (memory) return OutOfMemory();
    return nan ? NanError(kernel) : Status();
  }
};

}  // namespace winnow

#endif  // WINNOW_CORE_SELECTION_COLUMN_BLOCKS_H_
