// Bernoulli bits for a kernel body: see simd.h for the rules of such code, bernoulli.h for the definition.
#ifndef WINNOW_CORE_BERNOULLI_SIMD_H_
#define WINNOW_CORE_BERNOULLI_SIMD_H_

#include "core/bernoulli_digits.h"
#include "core/philox_simd.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// Elements that are drawn for together: as many blocks as fill the vectors of one DrawBlocks on the widest set.
constexpr int kDrawnElements = 4096;
constexpr int kDrawnBlocks = kDrawnElements / kBernoulliBlock;
constexpr int kDrawnWords = kDrawnElements / 32;

/// The bits of the elements from 128 * first_block on, [kDrawnWords]: 1 exactly where u(e) < threshold.
WINNOW_INLINE void DrawBernoulli(const PhiloxRounds& rounds, uint32_t first_block, uint32_t threshold, uint32_t* bits) {
  uint32_t equal[kDrawnWords], drawn[kDrawnWords];
  for (int i = 0; i < kDrawnWords; i += kLanes) {
    Store(bits + i, Broadcast(threshold == kAlways ? ~0u : 0u));
    Store(equal + i, Broadcast(~0u));
  }
  uint32_t left = threshold & (kAlways - 1);
  uint32_t undecided = 1;
  for (uint32_t digit = 0; left != 0 && undecided != 0; ++digit) {
    DrawBlocks<kDrawnBlocks>(rounds, first_block, digit, drawn);
    const uint32_t place = kAlways >> (digit + 1);
    const U32 is_one = Broadcast((threshold & place) != 0 ? ~0u : 0u);
    U32 any = {};
    for (int i = 0; i < kDrawnWords; i += kLanes) {
      const U32 differs = Load<U32>(drawn + i) ^ is_one;
      const U32 before = Load<U32>(equal + i);
      Store(bits + i, Load<U32>(bits + i) | (before & differs & is_one));
      Store(equal + i, before & ~differs);
      any |= before & ~differs;
    }
    left &= ~place;
    undecided = Bits(Equal(any, U32{})) ^ ((1u << kLanes) - 1);
  }
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_BERNOULLI_SIMD_H_
