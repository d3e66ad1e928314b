#include <new>
#include <vector>

#include "core/sparse/csr.h"
#include "ops/masked_linear/masked_linear.h"
#include "ops/sddmm/sddmm.h"

namespace winnow {
namespace {

/// The entries [rows, columns] for which is_kept(i); their values are those of `values`, unless it is null.
template <typename IsKept>
OwnedCsr Entries(int64_t rows, int64_t columns, const float* values, const IsKept& is_kept) {
  OwnedCsr matrix;
  matrix.rows = rows;
  matrix.columns = columns;
  matrix.row_offsets = {0};
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      const int64_t i = row * columns + column;
      if (!is_kept(i)) continue;
      matrix.column_indices.push_back(static_cast<int32_t>(column));
      matrix.values.push_back(values == nullptr ? 0 : values[i]);
    }
    matrix.row_offsets.push_back(static_cast<int32_t>(matrix.column_indices.size()));
  }
  return matrix;
}

Status Multiply(const KernelMatrix& kernel, bool transposed, const SpmmArguments& arguments, float* output) try {
  WINNOW_RETURN_IF_ERROR(CheckMaskedLinear(arguments.tokens, kernel.fan_in, kernel.units));
  const OwnedCsr matrix =
      Entries(kernel.fan_in, kernel.units, kernel.data, [&](int64_t i) { return kernel.data[i] != 0; });
  return SpmmReference(matrix.view(), transposed, arguments, {output, true});
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace

Status MaskedLinearReference(const KernelMatrix& kernel, const float* x, int64_t tokens, const float* bias,
                             Activation activation, float* y) {
  return Multiply(kernel, true, {{x, true}, tokens, bias, activation}, y);
}

Status MaskedLinearInputGradReference(const KernelMatrix& kernel, const float* dy, int64_t tokens, float* dx) {
  return Multiply(kernel, false, {{dy, true}, tokens, nullptr, Activation::kNone}, dx);
}

Status MaskedLinearKernelGradReference(const KeptWeights& kept, const float* x, const float* dy, int64_t tokens,
                                       float* dkernel) try {
  WINNOW_RETURN_IF_ERROR(CheckMaskedLinear(tokens, kept.fan_in, kept.units));
  const OwnedCsr matrix = Entries(kept.fan_in, kept.units, nullptr, [&](int64_t i) {
    const bool is_marked = kept.bools != nullptr ? kept.bools[i] != 0 : kept.mask[i] != 0;
    return is_marked || (kept.origin != nullptr && kept.origin[i] == 0);
  });
  std::vector<float> values(matrix.column_indices.size());
  WINNOW_RETURN_IF_ERROR(SddmmReference({matrix.view(), {x, true}, {dy, true}, tokens}, values.data()));
  for (int64_t i = 0; i < kept.fan_in * kept.units; ++i) dkernel[i] = 0;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int32_t i = matrix.row_offsets[row]; i < matrix.row_offsets[row + 1]; ++i) {
      dkernel[row * kept.units + matrix.column_indices[i]] = values[i];
    }
  }
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
