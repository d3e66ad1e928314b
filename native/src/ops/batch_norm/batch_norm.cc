#include "ops/batch_norm/batch_norm.h"

#include <string>

#include "core/checked_size.h"

namespace winnow {

Status CheckBatchNorm(const BatchNormArguments& arguments) {
  if (!(arguments.epsilon >= 0)) {
    return InvalidArgument("epsilon must be at least 0, got " + std::to_string(arguments.epsilon));
  }
  WINNOW_RETURN_IF_ERROR(CheckRange("rows", arguments.rows, 0, kMaxProduct));
  WINNOW_RETURN_IF_ERROR(CheckRange("channels", arguments.channels, 0, kMaxProduct));
  return CheckProduct("rows × channels", {arguments.rows, arguments.channels});
}

}  // namespace winnow
