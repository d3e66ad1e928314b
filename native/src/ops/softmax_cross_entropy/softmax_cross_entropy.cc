#include "ops/softmax_cross_entropy/softmax_cross_entropy.h"

#include <string>

#include "core/checked_size.h"

namespace winnow {

Status CheckSoftmaxCrossEntropy(const CrossEntropyArguments& arguments) {
  if (!(arguments.label_smoothing >= 0 && arguments.label_smoothing <= 1)) {
    return InvalidArgument("labelSmoothing must be in [0, 1], got " + std::to_string(arguments.label_smoothing));
  }
  WINNOW_RETURN_IF_ERROR(CheckRange("rows", arguments.rows, 0, kMaxProduct));
  WINNOW_RETURN_IF_ERROR(CheckRange("classes", arguments.classes, arguments.rows > 0 ? 1 : 0, kMaxProduct));
  WINNOW_RETURN_IF_ERROR(CheckProduct("rows × classes", {arguments.rows, arguments.classes}));
  for (int64_t row = 0; row < arguments.rows; ++row) {
    const int32_t label = arguments.labels[row];
    if ((label >= 0 && label < arguments.classes) || arguments.Ignored(row)) continue;
    return InvalidArgument("labels must be in [0, " + std::to_string(arguments.classes) + "), got " +
                           std::to_string(label) + " at index " + std::to_string(row));
  }
  return {};
}

}  // namespace winnow
