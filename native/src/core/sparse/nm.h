#ifndef WINNOW_CORE_SPARSE_NM_H_
#define WINNOW_CORE_SPARSE_NM_H_

#include <algorithm>
#include <cstdint>

#include "core/parallel_for.h"
#include "core/sparse/csr.h"
#include "core/status.h"

namespace winnow {

/// A sparse matrix [rows, columns] with n entries in every m columns of a row that follow each other, such as 2:4, and
/// ⌈g · n / m⌉ in the g < m columns that remain at the end. Borrowed.
struct NmMatrix {
  int64_t rows;
  int64_t columns;
  /// 1 <= n <= m <= 256.
  int n;
  int m;
  /// [rows, width()], row after row; null where only the pattern is needed.
  const float* values;
  /// [rows, width()]: an entry's column within its group, in [0, m), rising strictly in every group.
  const uint8_t* positions;

  /// Entries of a row.
  int64_t width() const { return columns / m * n + (columns % m * n + m - 1) / m; }
  int64_t nnz() const { return rows * width(); }
};

/// Sizes only: kInvalidArgument unless rows, columns, n and m are in their ranges and the entries can be counted.
Status CheckNmSize(const NmMatrix& matrix);

/// Checks every invariant above, naming the first bad entry, and writes the pattern with column indices: its entries,
/// and so its values, are the matrix's own in the same order. May throw std::bad_alloc.
Status ExpandNm(const NmMatrix& matrix, ParallelFor& parallel_for, OwnedCsr* pattern);

}  // namespace winnow

#endif  // WINNOW_CORE_SPARSE_NM_H_
