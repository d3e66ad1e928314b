#include "ops/layer_norm/layer_norm.h"

#include <string>

#include "core/checked_size.h"

namespace winnow {

Status CheckLayerNorm(const LayerNormArguments& arguments, float epsilon) {
  if (!(epsilon >= 0)) return InvalidArgument("epsilon must be at least 0, got " + std::to_string(epsilon));
  WINNOW_RETURN_IF_ERROR(CheckRange("rows", arguments.rows, 0, kMaxProduct));
  WINNOW_RETURN_IF_ERROR(CheckRange("width", arguments.width, 0, kMaxProduct));
  return CheckProduct("rows × width", {arguments.rows, arguments.width});
}

}  // namespace winnow
