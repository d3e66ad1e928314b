#include "ops/topk_mask/topk_mask_cpu.h"

#include <algorithm>

#include "core/group.h"
#include "core/selection/selection.h"
#include "ops/topk_mask/topk_mask.h"

namespace winnow {
namespace {

constexpr IsaVariants<TopKMaskKernels> kVariants = WINNOW_VARIANTS(kTopKMaskKernels);
/// Roughly, for 64 elements from the L3 cache.
constexpr int64_t kCyclesPerGroup = 30;

}  // namespace

Status TopKMask(const TopKMaskArguments& arguments, ParallelFor& parallel_for, uint8_t* mask) {
  const KernelMatrix& kernel = arguments.kernel;
  const TopKMaskKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  WINNOW_RETURN_IF_ERROR(CheckTopKMask(arguments));
  // Any number of rows or columns may be empty: no memory is taken for them.
  if (kernel.size() == 0) return {};
  Selection selection;
  WINNOW_RETURN_IF_ERROR(SelectLowest(kernel, arguments.granularity, arguments.count, parallel_for, &selection));
  const int32_t* tie_row = selection.has_ties ? selection.tie_row.data() : nullptr;
  parallel_for.Run(GroupCount(kernel.size()), kCyclesPerGroup, [&](int64_t begin, int64_t end) {
    const int64_t last = std::min(end * kGroup, kernel.size());
    kernels->write_mask({kernel.data, kernel.units, selection.bound.data(), tie_row, begin * kGroup, last}, mask);
  });
  return {};
}

}  // namespace winnow
