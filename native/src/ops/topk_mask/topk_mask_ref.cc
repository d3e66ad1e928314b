#include <vector>

#include "core/selection/selection.h"
#include "ops/topk_mask/topk_mask.h"

namespace winnow {

Status TopKMaskReference(const TopKMaskArguments& arguments, uint8_t* mask) {
  std::vector<bool> cut;
  WINNOW_RETURN_IF_ERROR(SelectLowestReference(arguments.kernel, arguments.granularity, arguments.count, &cut));
  for (int64_t i = 0; i < arguments.kernel.size(); ++i) mask[i] = cut[i] ? 0 : 1;
  return {};
}

}  // namespace winnow
