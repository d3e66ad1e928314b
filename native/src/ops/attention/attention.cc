#include "ops/attention/attention.h"

#include "core/checked_size.h"
#include "core/matrix.h"

namespace winnow {

Status CheckAttention(const AttentionShape& s) {
  WINNOW_RETURN_IF_ERROR(CheckRange("batch", s.batch, 0, kMaxAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("heads", s.heads, 0, kMaxAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("queries", s.queries, 0, kMaxAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("keys", s.keys, 0, kMaxAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("key dim", s.key_dim, 0, kMaxAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("value dim", s.value_dim, 0, kMaxAxis));
  WINNOW_RETURN_IF_ERROR(CheckProduct("batch × heads × queries", {s.batch, s.heads, s.queries}));
  WINNOW_RETURN_IF_ERROR(CheckProduct("batch × keys", {s.batch, s.keys}));
  constexpr char kQuery[] = "batch × queries × heads × key dim", kKey[] = "batch × keys × heads × key dim";
  WINNOW_RETURN_IF_ERROR(CheckProduct(kQuery, {s.batch, s.queries, s.heads, s.key_dim}));
  WINNOW_RETURN_IF_ERROR(CheckProduct(kKey, {s.batch, s.keys, s.heads, s.key_dim}));
  constexpr char kOutput[] = "batch × queries × heads × value dim", kValue[] = "batch × keys × heads × value dim";
  WINNOW_RETURN_IF_ERROR(CheckProduct(kOutput, {s.batch, s.queries, s.heads, s.value_dim}));
  WINNOW_RETURN_IF_ERROR(CheckProduct(kValue, {s.batch, s.keys, s.heads, s.value_dim}));
  // No array's length would bound the number of keys, and so the time a call takes.
  if (s.key_dim > 0 || s.value_dim > 0 || s.keys == 0 || s.batch * s.heads * s.queries == 0) return {};
  return InvalidArgument("key dim and value dim must not both be 0");
}

}  // namespace winnow
