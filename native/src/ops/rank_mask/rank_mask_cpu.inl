// Kernel body: compiled once per instruction set; see core/simd.h for the rules. The loops are plain: the compiler
// makes vectors of them, whatever the width.
#include "core/simd.h"
#include "ops/rank_mask/rank_mask_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

bool MakeKeys(const float* scores, int64_t count, bool by_magnitude, uint32_t* keys) {
  uint32_t nan = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits;
    memcpy(&bits, scores + i, sizeof(bits));
    const uint32_t magnitude = bits & 0x7fffffffu;
    nan |= magnitude > 0x7f800000u;
    // Negative scores count down from the middle, so that -0 and 0 have one key.
    const uint32_t negative = by_magnitude ? 0 : -(bits >> 31);
    keys[i] = 0x80000000u + ((magnitude ^ negative) - negative);
  }
  return nan != 0;
}

void MarkKeys(const uint32_t* keys, int64_t count, uint32_t threshold, uint8_t* mask) {
  for (int64_t i = 0; i < count; ++i) mask[i] = keys[i] >= threshold ? 1 : 0;
}

void MarkHalf(const uint32_t* keys, int64_t units, uint8_t* mask) {
  for (int64_t column = 0; column < units; ++column) {
    uint32_t key[4];
    for (int row = 0; row < 4; ++row) key[row] = keys[row * units + column];
    for (int row = 0; row < 4; ++row) {
      int lower = 0;
      for (int other = 0; other < row; ++other) lower += key[other] <= key[row];
      for (int other = row + 1; other < 4; ++other) lower += key[other] < key[row];
      mask[row * units + column] = lower >= 2 ? 1 : 0;
    }
  }
}

}  // namespace

const RankMaskKernels kRankMaskKernels = {MakeKeys, MarkKeys, MarkHalf};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
