#include "ops/masked_linear/masked_linear.h"

#include "core/checked_size.h"

namespace winnow {

Status CheckMaskedLinear(int64_t tokens, int64_t fan_in, int64_t units) {
  WINNOW_RETURN_IF_ERROR(CheckRange("tokens", tokens, 0, kMaxAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("fan_in", fan_in, 0, kMaxSparseAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("units", units, 0, kMaxSparseAxis));
  WINNOW_RETURN_IF_ERROR(CheckRange("fan_in × units", fan_in * units, 0, INT32_MAX));
  WINNOW_RETURN_IF_ERROR(CheckProduct("tokens × fan_in", {tokens, fan_in}));
  return CheckProduct("tokens × units", {tokens, units});
}

}  // namespace winnow
