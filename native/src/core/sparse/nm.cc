#include "core/sparse/nm.h"

#include <atomic>
#include <string>

#include "core/checked_size.h"

namespace winnow {
namespace {

std::string Position(int64_t index) { return "positions[" + std::to_string(index) + "]"; }

/// Writes the columns of a row's entries. False if a position is out of range or does not rise.
bool ExpandRow(const NmMatrix& matrix, const uint8_t* positions, int32_t* columns) {
  bool bad = false;
  for (int64_t first = 0, entry = 0; first < matrix.columns; first += matrix.m) {
    const int size = static_cast<int>(std::min<int64_t>(matrix.m, matrix.columns - first));
    const int count = (size * matrix.n + matrix.m - 1) / matrix.m;
    int before = -1;
    for (int i = 0; i < count; ++i, ++entry) {
      const int position = positions[entry];
      bad |= position <= before || position >= size;
      before = position;
      columns[entry] = static_cast<int32_t>(first) + position;
    }
  }
  return !bad;
}

Status BadRow(const NmMatrix& matrix, int64_t row) {
  int64_t entry = row * matrix.width();
  for (int64_t first = 0; first < matrix.columns; first += matrix.m) {
    const int size = static_cast<int>(std::min<int64_t>(matrix.m, matrix.columns - first));
    const int count = (size * matrix.n + matrix.m - 1) / matrix.m;
    for (int i = 0; i < count; ++i, ++entry) {
      const int position = matrix.positions[entry];
      if (position >= size) {
        return InvalidArgument(Position(entry) + " must be in [0, " + std::to_string(size) + "), got " +
                               std::to_string(position));
      }
      if (i > 0 && position <= matrix.positions[entry - 1]) {
        return InvalidArgument(Position(entry) + " must be greater than " + Position(entry - 1) + " = " +
                               std::to_string(matrix.positions[entry - 1]) + " in the same group, got " +
                               std::to_string(position));
      }
    }
  }
  return {};
}

}  // namespace

Status CheckNmSize(const NmMatrix& matrix) {
  WINNOW_RETURN_IF_ERROR(CheckRange("rows", matrix.rows, 0, kMaxSparseAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("columns", matrix.columns, 0, kMaxSparseAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("m", matrix.m, 1, 256));
  WINNOW_RETURN_IF_ERROR(CheckRange("n", matrix.n, 1, matrix.m));
  if (matrix.nnz() <= INT32_MAX) return {};
  return InvalidArgument("values must have at most 2147483647 entries, got " + std::to_string(matrix.nnz()));
}

Status ExpandNm(const NmMatrix& matrix, ParallelFor& parallel_for, OwnedCsr* pattern) {
  WINNOW_RETURN_IF_ERROR(CheckNmSize(matrix));
  const int64_t width = matrix.width();
  pattern->rows = matrix.rows;
  pattern->columns = matrix.columns;
  pattern->column_indices.resize(matrix.nnz());
  pattern->row_offsets.resize(matrix.rows + 1);
  for (int64_t row = 0; row <= matrix.rows; ++row) pattern->row_offsets[row] = static_cast<int32_t>(row * width);
  std::atomic<int64_t> first_bad{matrix.rows};
  parallel_for.Run(matrix.rows, 10 + 3 * width, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      if (ExpandRow(matrix, matrix.positions + row * width, pattern->column_indices.data() + row * width)) continue;
      int64_t seen = first_bad.load(std::memory_order_relaxed);
      while (row < seen && !first_bad.compare_exchange_weak(seen, row, std::memory_order_relaxed)) {
      }
      return;
    }
  });
  const int64_t row = first_bad.load(std::memory_order_relaxed);
  return row == matrix.rows ? Status() : BadRow(matrix, row);
}

}  // namespace winnow
