#include "ops/bias_activation/bias_activation.h"

#include "core/checked_size.h"

namespace winnow {

Status CheckBiasActivation(const BiasActivationArguments& arguments) {
  WINNOW_RETURN_IF_ERROR(CheckRange("rows", arguments.rows, 0, kMaxProduct));
  WINNOW_RETURN_IF_ERROR(CheckRange("width", arguments.width, 0, kMaxProduct));
  return CheckProduct("rows × width", {arguments.rows, arguments.width});
}

}  // namespace winnow
