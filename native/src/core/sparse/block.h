#ifndef WINNOW_CORE_SPARSE_BLOCK_H_
#define WINNOW_CORE_SPARSE_BLOCK_H_

#include <cstdint>
#include <vector>

#include "core/parallel_for.h"
#include "core/sparse/csr.h"
#include "core/status.h"

namespace winnow {

/// A sparse matrix [rows, columns] of dense blocks [block_rows, block_columns] by rows of blocks (BSR). Where the
/// blocks do not divide the matrix, those at the lower and right edge reach beyond it; what lies beyond is never read.
/// Borrowed.
struct BlockMatrix {
  int64_t rows;
  int64_t columns;
  int64_t block_rows;
  int64_t block_columns;
  /// Blocks that are stored.
  int64_t blocks;
  /// [blocks, block_rows, block_columns]; null where only the pattern is needed.
  const float* values;
  /// [blocks], counted in blocks, rising strictly in every row of blocks.
  const int32_t* column_indices;
  /// [⌈rows / block_rows⌉ + 1], from 0 to blocks, never falling.
  const int32_t* row_offsets;

  int64_t rows_of_blocks() const { return (rows + block_rows - 1) / block_rows; }
  int64_t columns_of_blocks() const { return (columns + block_columns - 1) / block_columns; }
  int64_t size() const { return blocks * block_rows * block_columns; }
  /// Where blocks are, as a matrix of blocks.
  CsrMatrix pattern() const {
    return {rows_of_blocks(), columns_of_blocks(), blocks, nullptr, column_indices, nullptr, row_offsets};
  }
};

/// The most values: with a channel's number for every four or fewer they can still be counted in 31 bits.
inline constexpr int64_t kMaxBlockValues = (int64_t{1} << 30) - 1;

/// Sizes only: kInvalidArgument unless they are in range and the values can be counted.
Status CheckBlockSize(const BlockMatrix& matrix);

/// kInvalidArgument unless every invariant above holds; the message names the first bad entry.
Status CheckBlock(const BlockMatrix& matrix, ParallelFor& parallel_for);

/// The same matrix without blocks, of one that passed CheckBlock: every value within the matrix is an entry, zeros,
/// too.
struct ExpandedBlocks {
  OwnedCsr matrix;
  /// [nnz]: which of the blocks' values an entry is.
  std::vector<int32_t> sources;
};
/// Without values the matrix has none. May throw std::bad_alloc.
ExpandedBlocks ExpandBlocks(const BlockMatrix& matrix);

}  // namespace winnow

#endif  // WINNOW_CORE_SPARSE_BLOCK_H_
