#include "core/sparse/block.h"

#include <algorithm>
#include <string>

#include "core/checked_size.h"

namespace winnow {
Status CheckBlockSize(const BlockMatrix& matrix) {
  WINNOW_RETURN_IF_ERROR(CheckRange("rows", matrix.rows, 0, kMaxSparseAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("columns", matrix.columns, 0, kMaxSparseAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("block rows", matrix.block_rows, 1, kMaxSparseAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("block columns", matrix.block_columns, 1, kMaxSparseAxis));
  const int64_t most = kMaxBlockValues / matrix.block_rows / matrix.block_columns;
  if (matrix.blocks >= 0 && matrix.blocks <= most) return {};
  return InvalidArgument("values must have at most " + std::to_string(kMaxBlockValues) + " entries, got " +
                         std::to_string(matrix.blocks) + " blocks of " + std::to_string(matrix.block_rows) + " x " +
                         std::to_string(matrix.block_columns));
}

Status CheckBlock(const BlockMatrix& matrix, ParallelFor& parallel_for) {
  WINNOW_RETURN_IF_ERROR(CheckBlockSize(matrix));
  return CheckCsr(matrix.pattern(), parallel_for);
}

ExpandedBlocks ExpandBlocks(const BlockMatrix& matrix) {
  ExpandedBlocks result;
  OwnedCsr& csr = result.matrix;
  csr.rows = matrix.rows;
  csr.columns = matrix.columns;
  csr.row_offsets = {0};
  csr.row_offsets.reserve(matrix.rows + 1);
  csr.column_indices.reserve(matrix.size());
  result.sources.reserve(matrix.size());
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const int64_t block_row = row / matrix.block_rows, inner = row % matrix.block_rows;
    for (int64_t block = matrix.row_offsets[block_row]; block < matrix.row_offsets[block_row + 1]; ++block) {
      const int64_t first = matrix.column_indices[block] * matrix.block_columns;
      const int64_t count = std::min(matrix.block_columns, matrix.columns - first);
      const int64_t source = (block * matrix.block_rows + inner) * matrix.block_columns;
      for (int64_t column = 0; column < count; ++column) {
        csr.column_indices.push_back(static_cast<int32_t>(first + column));
        result.sources.push_back(static_cast<int32_t>(source + column));
      }
    }
    csr.row_offsets.push_back(static_cast<int32_t>(csr.column_indices.size()));
  }
  if (matrix.values != nullptr) {
    csr.values.reserve(result.sources.size());
    for (const int32_t source : result.sources) csr.values.push_back(matrix.values[source]);
  }
  return result;
}

}  // namespace winnow
