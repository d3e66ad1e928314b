#ifndef WINNOW_OPS_RANK_MASK_RANK_MASK_CPU_H_
#define WINNOW_OPS_RANK_MASK_RANK_MASK_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// The kernel bodies; every instruction set has this table. A key is an unsigned number that orders as its score does.
struct RankMaskKernels {
  /// Writes the keys of `count` scores; returns whether one is NaN.
  bool (*make_keys)(const float* scores, int64_t count, bool by_magnitude, uint32_t* keys);
  /// Marks (1 = kept) each of `count` keys that is at least `threshold`.
  void (*mark)(const uint32_t* keys, int64_t count, uint32_t threshold, uint8_t* mask);
  /// Of the four rows of keys, each `units` long: marks the two higher of every column.
  void (*mark_half)(const uint32_t* keys, int64_t units, uint8_t* mask);
};

WINNOW_DECLARE_VARIANTS(RankMaskKernels, kRankMaskKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_RANK_MASK_RANK_MASK_CPU_H_
