#include "ops/topk_mask/topk_mask.h"

namespace winnow {

Status CheckTopKMask(const TopKMaskArguments& arguments) {
  return CheckSelection(arguments.kernel, arguments.granularity, arguments.count);
}

}  // namespace winnow
