// Sparse matrices and token matrices as inputs of TensorFlow ops.
#ifndef WINNOW_TF_SPARSE_H_
#define WINNOW_TF_SPARSE_H_

#include "core/sparse/block.h"
#include "core/sparse/csr.h"
#include "core/sparse/token_matrix.h"
#include "tf/op_kernel.h"

namespace winnow::tf {

/// Reads values [nnz] (null: only the pattern), column_indices [nnz], row_offsets [rows + 1] and columns. Lengths are
/// checked here, what is in the arrays by CheckCsr.
absl::Status AsCsr(const char* op, const Tensor* values, const Tensor& column_indices, const Tensor& row_offsets,
                   int64_t columns, CsrMatrix* matrix);

/// Reads values [blocks, block_rows, block_columns] (null: only the pattern), column_indices [blocks] and row_offsets
/// into a matrix whose four sizes are set. Lengths are checked here, what is in the arrays by CheckBlock.
absl::Status AsBlocks(const char* op, const Tensor* values, const Tensor& column_indices, const Tensor& row_offsets,
                      BlockMatrix* matrix);

/// A matrix of `channels` channels, by tokens or by channels as `matrix->tokens_outer` says; its data and the number of
/// tokens are written.
absl::Status AsTokens(const char* op, const char* name, const Tensor& tensor, int64_t channels, TokenMatrix* matrix,
                      int64_t* tokens);

}  // namespace winnow::tf

#endif  // WINNOW_TF_SPARSE_H_
