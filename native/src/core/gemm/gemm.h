// Products of float matrices. Every element of a product is one sum along the inner index, from its start to its end,
// so that neither blocks nor tiles nor the number of threads change a bit of it; AVX2 and AVX-512 (fused multiply-adds)
// give the same bits, the baseline rounds products.
#ifndef WINNOW_CORE_GEMM_GEMM_H_
#define WINNOW_CORE_GEMM_GEMM_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// The left factor, [rows, inner] with `stride` floats from row to row; or, transposed, as it lies: [inner, rows] with
/// `stride` floats from one inner index to the next.
struct LeftFactor {
  const float* data;
  int64_t stride;
  bool is_transposed;
};

/// Columns come in whole vectors of every instruction set; a packed right factor has them in panels.
inline constexpr int64_t kGemmColumns = 16, kGemmPanel = 64;

/// Columns of a packed matrix, the zeros behind them included.
constexpr int64_t PaddedColumns(int64_t columns) { return (columns + kGemmColumns - 1) / kGemmColumns * kGemmColumns; }

/// The right factor, [inner, columns], with any strides, as a caller has it.
struct RightFactor {
  const float* data;
  int64_t inner_stride;
  int64_t column_stride;
};

/// Writes rows [begin, end) of a right factor of `inner` rows into its packed form, inner * PaddedColumns(columns)
/// floats: panels of 64 columns (the last one narrower), each [inner, width], zeros behind the last column. `right`
/// points to row `begin`.
void PackRight(const RightFactor& right, int64_t begin, int64_t end, int64_t inner, int64_t columns, float* packed);

/// The micro-kernels; every instruction set has this table.
struct GemmKernels {
  /// c [rows, columns] = a · b, or, if `add`, += a · b, for a [rows, inner] and b [inner, columns] with rows of
  /// `b_stride`; columns is a multiple of 16. No rows, no columns: nothing. No inner: zeros, or nothing if `add`.
  void (*multiply)(const LeftFactor& a, int64_t rows, int64_t inner, const float* b, int64_t b_stride, int64_t columns,
                   float* c, int64_t c_stride, bool add);
};

WINNOW_DECLARE_VARIANTS(GemmKernels, kGemmKernels)

/// The micro-kernels for an instruction set that SelectIsa gave.
const GemmKernels& GemmOf(Isa isa);

/// c [rows, PaddedColumns(columns)] (+)= a · rows [begin, end) of a packed right factor of `inner` rows.
void MultiplyPacked(const GemmKernels& kernels, const LeftFactor& a, int64_t rows, const float* packed, int64_t begin,
                    int64_t end, int64_t inner, int64_t columns, float* c, int64_t c_stride, bool add);

}  // namespace winnow

#endif  // WINNOW_CORE_GEMM_GEMM_H_
