#ifndef WINNOW_CORE_SPARSE_CSR_H_
#define WINNOW_CORE_SPARSE_CSR_H_

#include <cstdint>
#include <vector>

#include "core/parallel_for.h"
#include "core/status.h"

namespace winnow {

/// A sparse matrix [rows, columns] by rows: row r holds the entries [row_offsets[r], row_offsets[r + 1]). Borrowed.
struct CsrMatrix {
  int64_t rows;
  int64_t columns;
  int64_t nnz;
  /// [nnz]; null where only the pattern is needed.
  const float* values;
  /// [nnz], in [0, columns), rising strictly in every row; null if short_column_indices has them.
  const int32_t* column_indices;
  const uint16_t* short_column_indices;
  /// [rows + 1], from 0 to nnz, never falling.
  const int32_t* row_offsets;

  int32_t column(int64_t entry) const {
    return column_indices != nullptr ? column_indices[entry] : short_column_indices[entry];
  }
};

/// More columns than a panel of 64 tokens could be addressed with in 32 bits.
inline constexpr int64_t kMaxSparseAxis = int64_t{1} << 26;

/// kInvalidArgument unless every invariant above holds; the message names the first bad entry. A matrix that passes may
/// be indexed without further checks. Columns out of order and columns twice in a row are refused: the order of
/// summation, and so the result's last bits, would depend on how the matrix was built.
Status CheckCsr(const CsrMatrix& matrix, ParallelFor& parallel_for);

/// A sparse matrix that owns its arrays.
struct OwnedCsr {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<float> values;
  std::vector<int32_t> column_indices;
  std::vector<int32_t> row_offsets;

  CsrMatrix view() const {
    return {
        rows,    columns,           static_cast<int64_t>(column_indices.size()), values.data(), column_indices.data(),
        nullptr, row_offsets.data()};
  }
};

/// The transposed matrix of one that passed CheckCsr, its columns in order again. May throw std::bad_alloc.
OwnedCsr TransposeCsr(const CsrMatrix& matrix);

}  // namespace winnow

#endif  // WINNOW_CORE_SPARSE_CSR_H_
