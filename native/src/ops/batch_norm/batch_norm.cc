#include "ops/batch_norm/batch_norm.h"

#include "core/checked_size.h"

namespace winnow {

Status CheckBatchNorm(const BatchNormArguments& arguments) {
  WINNOW_RETURN_IF_ERROR(CheckRange("rows", arguments.rows, 0, kMaxProduct));
  WINNOW_RETURN_IF_ERROR(CheckRange("channels", arguments.channels, 0, kMaxProduct));
  return CheckProduct("rows × channels", {arguments.rows, arguments.channels});
}

}  // namespace winnow
