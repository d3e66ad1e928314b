// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/selection/bounds.h"
#include "ops/topk_mask/topk_mask_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

WINNOW_INLINE void MaskGroup(const float* kernel, const uint32_t* bound, uint8_t* mask) {
  for (int i = 0; i < kGroup; i += kLanes) {
    const U32 key = Load<U32>(kernel + i) & 0x7fffffffu;
    const U32 kept = ZeroIf(Less(key, Load<U32>(bound + i)), Broadcast(1u));
    Store(mask + i, __builtin_convertvector(kept, U8));
  }
}

void WriteMask(const MaskRange& range, uint8_t* mask) {
  const Bounds bounds = {range.bound, range.tie_row, range.units};
  uint32_t scratch[kGroup];
  Place place = PlaceOf(range.begin, range.units);
  int64_t element = range.begin;
  for (; element + kGroup <= range.end; element += kGroup) {
    MaskGroup(range.kernel + element, GroupBounds(bounds, place, scratch), mask + element);
    NextGroup(place, range.units);
  }
  if (element == range.end) return;
  float last[kGroup] = {};
  uint8_t last_mask[kGroup];
  const int64_t rest = range.end - element;
  memcpy(last, range.kernel + element, rest * sizeof(float));
  MaskGroup(last, GroupBounds(bounds, place, scratch), last_mask);
  memcpy(mask + element, last_mask, rest);
}

}  // namespace

const TopKMaskKernels kTopKMaskKernels = {WriteMask};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
