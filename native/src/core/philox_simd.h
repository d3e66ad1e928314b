// Philox4x32-10 for a kernel body: see simd.h for the rules of such code.
#ifndef WINNOW_CORE_PHILOX_SIMD_H_
#define WINNOW_CORE_PHILOX_SIMD_H_

#include "core/group.h"
#include "core/simd.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// What all draws of one step share.
struct PhiloxStream {
  uint32_t key_low;
  uint32_t key_high;
  uint32_t kernel_id;
  uint32_t step;
};

/// The draws of the 64 elements of one group: `words[i]` belongs to element 64 * group + i.
///
/// One block lives in a 64-bit lane of four vectors, one per counter word, in its low half: the 32 × 32 → 64 bit
/// multiplication reads low halves only, so the high halves may hold rubbish until the end.
WINNOW_INLINE void DrawGroup(const PhiloxStream& stream, uint32_t group, uint32_t* words) {
  constexpr int kBlocks = kLanes / 2;
  constexpr int kTogether = 2;  // two independent chains hide the multiplication's latency
  constexpr int kBlocksPerGroup = kGroup / 4;
  const U64 multiplier0 = U64{} + 0xD2511F53u;
  const U64 multiplier1 = U64{} + 0xCD9E8D57u;
  // Even lanes take the first half of a vector's blocks, odd lanes the second: interleaving then restores the order.
  U64 lane = {};
  for (int i = 0; i < kBlocks; ++i) lane[i] = static_cast<uint64_t>((i >> 1) + (i & 1) * (kBlocks / 2));

  for (int first = 0; first < kBlocksPerGroup; first += kBlocks * kTogether) {
    U64 c0[kTogether], c1[kTogether], c2[kTogether], c3[kTogether];
    for (int t = 0; t < kTogether; ++t) {
      c0[t] = lane + static_cast<uint64_t>(group * kBlocksPerGroup + static_cast<uint32_t>(first + t * kBlocks));
      c1[t] = U64{} + stream.kernel_id;
      c2[t] = U64{} + stream.step;
      c3[t] = U64{};
    }
    uint32_t key_low = stream.key_low, key_high = stream.key_high;
    for (int round = 0; round < 10; ++round) {
      for (int t = 0; t < kTogether; ++t) {
        const U64 product0 = MultiplyLowHalves(c0[t], multiplier0);
        const U64 product1 = MultiplyLowHalves(c2[t], multiplier1);
        c0[t] = (product1 >> 32) ^ c1[t] ^ static_cast<uint64_t>(key_low);
        c1[t] = product1;
        c2[t] = (product0 >> 32) ^ c3[t] ^ static_cast<uint64_t>(key_high);
        c3[t] = product0;
      }
      key_low += 0x9E3779B9u;
      key_high += 0xBB67AE85u;
    }
    for (int t = 0; t < kTogether; ++t) {
      const U64 low = (c0[t] & 0xFFFFFFFFu) | (c1[t] << 32);
      const U64 high = (c2[t] & 0xFFFFFFFFu) | (c3[t] << 32);
      uint32_t* to = words + 4 * (first + t * kBlocks);
      Store(to, InterleaveLow(low, high));
      Store(to + kLanes, InterleaveHigh(low, high));
    }
  }
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_PHILOX_SIMD_H_
