#ifndef WINNOW_OPS_TOPK_MASK_TOPK_MASK_CPU_H_
#define WINNOW_OPS_TOPK_MASK_TOPK_MASK_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// A mask to be written for the elements [begin, end) of a kernel; begin is a multiple of 64.
struct MaskRange {
  const float* kernel;
  int64_t units;
  /// See Selection; tie_row is null if no ties are split.
  const uint32_t* bound;
  const int32_t* tie_row;
  int64_t begin;
  int64_t end;
};

/// The kernel body; every instruction set has this table.
struct TopKMaskKernels {
  void (*write_mask)(const MaskRange& range, uint8_t* mask);
};

WINNOW_DECLARE_VARIANTS(TopKMaskKernels, kTopKMaskKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_TOPK_MASK_TOPK_MASK_CPU_H_
