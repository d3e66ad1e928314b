// Philox4x32-10 for a kernel body: see simd.h for the rules of such code.
#ifndef WINNOW_CORE_PHILOX_SIMD_H_
#define WINNOW_CORE_PHILOX_SIMD_H_

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

/// The rounds of one stream, prepared: of the counter (block, kernel_id, step, digit) only the first word varies among
/// the blocks of a digit, so that one multiplication of the first round and one of the second are the same for all and
/// done here.
struct PhiloxRounds {
  /// What is added (xor) to a block's words in the second and third round.
  uint64_t second_first, second_third, third_third;
  /// The keys of every round.
  uint64_t low[10], high[10];
};

WINNOW_INLINE PhiloxRounds PrepareRounds(const PhiloxStream& stream) {
  PhiloxRounds rounds;
  uint32_t low = stream.key_low, high = stream.key_high;
  for (int round = 0; round < 10; ++round) {
    rounds.low[round] = low;
    rounds.high[round] = high;
    low += 0x9E3779B9u;
    high += 0xBB67AE85u;
  }
  const uint64_t product1 = uint64_t{0xCD9E8D57u} * stream.step;
  const uint32_t first = static_cast<uint32_t>(product1 >> 32) ^ stream.kernel_id ^ stream.key_low;
  const uint64_t product0 = uint64_t{0xD2511F53u} * first;
  rounds.second_first = static_cast<uint32_t>(product1) ^ rounds.low[1];
  rounds.second_third = (product0 >> 32) ^ rounds.high[1];
  rounds.third_third = static_cast<uint32_t>(product0) ^ rounds.high[2];
  return rounds;
}

/// The words of the blocks (first_block + i, kernel_id, step, digit), i below kCount: `words[4 * i]` and the next
/// three.
///
/// One block lives in a 64-bit lane of four vectors, one per counter word, in its low half: the 32 × 32 → 64 bit
/// multiplication reads low halves only, so the high halves may hold rubbish until the end.
template <int kCount>
WINNOW_INLINE void DrawBlocks(const PhiloxRounds& rounds, uint32_t first_block, uint32_t digit, uint32_t* words) {
  constexpr int kBlocks = kLanes / 2;
  // Independent chains hide the multiplication's latency: as many as there are registers for.
  constexpr int kTogether = kLanes == 16 ? 4 : 2;
  static_assert(kCount % (kBlocks * kTogether) == 0, "whole vectors");
  const uint64_t first_third = rounds.high[0] ^ digit;
  const U64 multiplier0 = U64{} + 0xD2511F53u;
  const U64 multiplier1 = U64{} + 0xCD9E8D57u;
  // Even lanes take the first half of a vector's blocks, odd lanes the second: interleaving then restores the order.
  U64 lane = {};
  for (int i = 0; i < kBlocks; ++i) lane[i] = static_cast<uint64_t>((i >> 1) + (i & 1) * (kBlocks / 2));

  for (int first = 0; first < kCount; first += kBlocks * kTogether) {
    U64 c0[kTogether], c1[kTogether], c2[kTogether], c3[kTogether];
    for (int t = 0; t < kTogether; ++t) {
      const U64 block = lane + static_cast<uint64_t>(first_block + static_cast<uint32_t>(first + t * kBlocks));
      const U64 product0 = MultiplyLowHalves(block, multiplier0);
      const U64 product1 = MultiplyLowHalves((product0 >> 32) ^ first_third, multiplier1);
      c0[t] = (product1 >> 32) ^ rounds.second_first;
      c1[t] = product1;
      c2[t] = product0 ^ rounds.second_third;
    }
    for (int t = 0; t < kTogether; ++t) {
      const U64 product0 = MultiplyLowHalves(c0[t], multiplier0);
      const U64 product1 = MultiplyLowHalves(c2[t], multiplier1);
      c0[t] = Xor(product1 >> 32, c1[t], rounds.low[2]);
      c1[t] = product1;
      c2[t] = (product0 >> 32) ^ rounds.third_third;
      c3[t] = product0;
    }
    for (int round = 3; round < 10; ++round) {
      for (int t = 0; t < kTogether; ++t) {
        const U64 product0 = MultiplyLowHalves(c0[t], multiplier0);
        const U64 product1 = MultiplyLowHalves(c2[t], multiplier1);
        c0[t] = Xor(product1 >> 32, c1[t], rounds.low[round]);
        c1[t] = product1;
        c2[t] = Xor(product0 >> 32, c3[t], rounds.high[round]);
        c3[t] = product0;
      }
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
