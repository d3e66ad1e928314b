#include "core/sparse/csr.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "core/checked_size.h"

namespace winnow {
namespace {

std::string Entry(const char* array, int64_t index) { return std::string(array) + "[" + std::to_string(index) + "]"; }

Status CheckSizes(const CsrMatrix& matrix) {
  WINNOW_RETURN_IF_ERROR(CheckRange("rows", matrix.rows, 0, kMaxSparseAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("columns", matrix.columns, 0, kMaxSparseAxis));
  if (matrix.nnz >= 0 && matrix.nnz <= INT32_MAX) return {};
  return InvalidArgument("values must have at most 2147483647 entries, got " + std::to_string(matrix.nnz));
}

Status CheckOffsets(const CsrMatrix& matrix) {
  const int32_t* offsets = matrix.row_offsets;
  if (offsets[0] != 0) return InvalidArgument("rowOffsets[0] must be 0, got " + std::to_string(offsets[0]));
  for (int64_t row = 0; row < matrix.rows; ++row) {
    if (offsets[row + 1] < offsets[row]) {
      return InvalidArgument(Entry("rowOffsets", row + 1) + " must be at least " + Entry("rowOffsets", row) + " = " +
                             std::to_string(offsets[row]) + ", got " + std::to_string(offsets[row + 1]));
    }
    if (offsets[row + 1] > matrix.nnz) {
      return InvalidArgument(Entry("rowOffsets", row + 1) + " must be at most the number of entries " +
                             std::to_string(matrix.nnz) + ", got " + std::to_string(offsets[row + 1]));
    }
  }
  if (offsets[matrix.rows] == matrix.nnz) return {};
  return InvalidArgument(Entry("rowOffsets", matrix.rows) + " must be the number of entries " +
                         std::to_string(matrix.nnz) + ", got " + std::to_string(offsets[matrix.rows]));
}

/// Whether the columns of a row are in range and rise. No early exit: the compiler makes vectors of it.
template <typename Index>
bool RowIsGood(const Index* columns, int64_t count, int64_t limit) {
  bool bad = false;
  for (int64_t i = 1; i < count; ++i) bad |= columns[i] <= columns[i - 1];
  return count == 0 || (!bad && static_cast<int64_t>(columns[0]) >= 0 && columns[count - 1] < limit);
}

bool RowIsGood(const CsrMatrix& matrix, int64_t row) {
  const int64_t begin = matrix.row_offsets[row], count = matrix.row_offsets[row + 1] - begin;
  if (matrix.column_indices != nullptr) return RowIsGood(matrix.column_indices + begin, count, matrix.columns);
  return RowIsGood(matrix.short_column_indices + begin, count, matrix.columns);
}

Status BadRow(const CsrMatrix& matrix, int64_t row) {
  for (int64_t i = matrix.row_offsets[row]; i < matrix.row_offsets[row + 1]; ++i) {
    const int32_t column = matrix.column(i);
    if (column < 0 || column >= matrix.columns) {
      return InvalidArgument(Entry("columnIndices", i) + " must be in [0, " + std::to_string(matrix.columns) +
                             "), got " + std::to_string(column));
    }
    if (i > matrix.row_offsets[row] && column <= matrix.column(i - 1)) {
      return InvalidArgument(Entry("columnIndices", i) + " must be greater than " + Entry("columnIndices", i - 1) +
                             " = " + std::to_string(matrix.column(i - 1)) + " in the same row " + std::to_string(row) +
                             ", got " + std::to_string(column));
    }
  }
  return {};
}

}  // namespace

Status CheckCsr(const CsrMatrix& matrix, ParallelFor& parallel_for) {
  WINNOW_RETURN_IF_ERROR(CheckSizes(matrix));
  WINNOW_RETURN_IF_ERROR(CheckOffsets(matrix));
  std::atomic<int64_t> first_bad{matrix.rows};
  const int64_t cost = 10 + matrix.nnz / std::max<int64_t>(1, matrix.rows);
  parallel_for.Run(matrix.rows, cost, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      if (RowIsGood(matrix, row)) continue;
      int64_t seen = first_bad.load(std::memory_order_relaxed);
      while (row < seen && !first_bad.compare_exchange_weak(seen, row, std::memory_order_relaxed)) {
      }
      return;
    }
  });
  const int64_t row = first_bad.load(std::memory_order_relaxed);
  return row == matrix.rows ? Status() : BadRow(matrix, row);
}

OwnedCsr TransposeCsr(const CsrMatrix& matrix) {
  OwnedCsr result;
  result.rows = matrix.columns;
  result.columns = matrix.rows;
  result.values.resize(matrix.values == nullptr ? 0 : matrix.nnz);
  result.column_indices.resize(matrix.nnz);
  // next[c + 1] counts column c, then is where its next entry goes, and in the end is where column c ends.
  std::vector<int32_t>& next = result.row_offsets;
  next.assign(matrix.columns + 2, 0);
  for (int64_t i = 0; i < matrix.nnz; ++i) ++next[matrix.column(i) + 2];
  for (int64_t column = 0; column < matrix.columns; ++column) next[column + 2] += next[column + 1];
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t i = matrix.row_offsets[row]; i < matrix.row_offsets[row + 1]; ++i) {
      const int32_t to = next[matrix.column(i) + 1]++;
      result.column_indices[to] = static_cast<int32_t>(row);
      if (matrix.values != nullptr) result.values[to] = matrix.values[i];
    }
  }
  next.pop_back();
  return result;
}

}  // namespace winnow
