#include "ops/targeted_dropout/targeted_dropout.h"

#include "core/checked_size.h"

namespace winnow {

Status CheckTargetedDropout(const TargetedDropoutArguments& arguments) {
  WINNOW_RETURN_IF_ERROR(CheckRange("threshold", arguments.drop_threshold, 0, kAlways));
  return CheckSelection(arguments.kernel, arguments.granularity, arguments.count);
}

}  // namespace winnow
