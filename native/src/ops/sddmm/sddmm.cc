#include "ops/sddmm/sddmm.h"

#include "core/checked_size.h"
#include "core/matrix.h"

namespace winnow {
namespace {

bool Overlaps(const void* a, int64_t a_bytes, const void* b, int64_t b_bytes) {
  const uintptr_t first = reinterpret_cast<uintptr_t>(a), second = reinterpret_cast<uintptr_t>(b);
  return a_bytes > 0 && b_bytes > 0 && first < second + b_bytes && second < first + a_bytes;
}

Status CheckApart(const CsrMatrix& pattern, const float* values, int64_t count) {
  const int64_t bytes = count * 4;
  if (Overlaps(values, bytes, pattern.column_indices, pattern.column_indices == nullptr ? 0 : pattern.nnz * 4) ||
      Overlaps(values, bytes, pattern.short_column_indices,
               pattern.short_column_indices == nullptr ? 0 : pattern.nnz * 2)) {
    return InvalidArgument("out must not overlap columnIndices");
  }
  if (!Overlaps(values, bytes, pattern.row_offsets, (pattern.rows + 1) * 4)) return {};
  return InvalidArgument("out must not overlap rowOffsets");
}

Status CheckTokens(int64_t tokens, int64_t rows, int64_t columns) {
  WINNOW_RETURN_IF_ERROR(CheckRange("tokens", tokens, 0, kMaxAxis));
  WINNOW_RETURN_IF_ERROR(CheckProduct("tokens × rows", {tokens, rows}));
  return CheckProduct("tokens × columns", {tokens, columns});
}

}  // namespace

Status CheckSddmm(const SddmmArguments& arguments, ParallelFor& parallel_for, const float* values) {
  const CsrMatrix& pattern = arguments.pattern;
  WINNOW_RETURN_IF_ERROR(CheckTokens(arguments.tokens, pattern.rows, pattern.columns));
  WINNOW_RETURN_IF_ERROR(CheckCsr(pattern, parallel_for));
  return CheckApart(pattern, values, pattern.nnz);
}

Status CheckSddmm(const BlockMatrix& pattern, int64_t tokens, ParallelFor& parallel_for, const float* values) {
  WINNOW_RETURN_IF_ERROR(CheckTokens(tokens, pattern.rows, pattern.columns));
  WINNOW_RETURN_IF_ERROR(CheckBlock(pattern, parallel_for));
  return CheckApart(pattern.pattern(), values, pattern.size());
}

}  // namespace winnow
