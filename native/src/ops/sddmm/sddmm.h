#ifndef WINNOW_OPS_SDDMM_SDDMM_H_
#define WINNOW_OPS_SDDMM_SDDMM_H_

#include <cstdint>

#include "core/parallel_for.h"
#include "core/sparse/block.h"
#include "core/sparse/csr.h"
#include "core/sparse/token_matrix.h"
#include "core/status.h"

namespace winnow {

struct SddmmArguments {
  /// [rows, columns]; its values are not read.
  CsrMatrix pattern;
  /// One channel for each row, and one for each column, of the pattern.
  TokenMatrix row_input;
  TokenMatrix column_input;
  int64_t tokens;
};

/// kInvalidArgument unless the sizes are in range, the pattern passes CheckCsr (or CheckBlock), and `values`, what will
/// be written, lies apart from the pattern's index arrays.
Status CheckSddmm(const SddmmArguments& arguments, ParallelFor& parallel_for, const float* values);
Status CheckSddmm(const BlockMatrix& pattern, int64_t tokens, ParallelFor& parallel_for, const float* values);

/// Writes values[p] = sum over tokens of row_input[token, row of p] · column_input[token, column of p], [nnz], for the
/// entries p of the pattern: the gradient of Spmm with respect to the sparse values, when one input is Spmm's and the
/// other the gradient of its output.
///
/// Order of the sum: tokens go to 16 lanes by token % 16; each lane of a panel of 64 tokens is summed by rising token
/// from 0 (fused multiply-adds; baseline: a product and a sum, each rounded), the lanes are then added i with i + 8, i
/// with i + 4, i + 2 and i + 1, and the panels' sums one after the other. Equal bit for bit on AVX2 and AVX-512, and
/// for every number of threads. Fails as CheckCsr, and with kOutOfMemory.
Status Sddmm(const SddmmArguments& arguments, ParallelFor& parallel_for, float* values);

/// The same, scalar and slow: the tests compare with it.
Status SddmmReference(const SddmmArguments& arguments, float* values);

/// Sddmm at all values of stored blocks, [blocks, block_rows, block_columns], by the same sums; 0 beyond the matrix's
/// edges. Fails as CheckBlock, and with kOutOfMemory.
Status SddmmBlocks(const BlockMatrix& pattern, TokenMatrix row_input, TokenMatrix column_input, int64_t tokens,
                   ParallelFor& parallel_for, float* values);

}  // namespace winnow

#endif  // WINNOW_OPS_SDDMM_SDDMM_H_
