// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/bernoulli_simd.h"
#include "core/selection/bounds.h"
#include "ops/targeted_dropout/targeted_dropout_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

/// Element i of the group is bit i.
struct GroupBits {
  uint64_t kept;
  uint64_t scaled;
};

/// Lane i of the mask is bit i of the group's words, from vector `i` on.
WINNOW_INLINE Mask MaskAt(uint64_t bits, int i) { return FromBits(static_cast<uint32_t>(bits >> i)); }

/// Compares, multiplies and writes 64 elements; `coins` has the bits of those that are dropped if targeted. `from` and
/// `to` may be the same.
template <bool kRescale>
WINNOW_INLINE GroupBits DropGroup(const DropoutRange& range, const float* from, const uint32_t* bound, uint64_t coins,
                                  float* to) {
  constexpr uint64_t kAllLanes = (uint64_t{1} << kLanes) - 1;
  const F32 scale = Broadcast(range.scale);
  GroupBits bits = {0, 0};
  for (int i = 0; i < kGroup; i += kLanes) {
    const U32 weight = Load<U32>(from + i);
    const Mask targeted = Less(weight & 0x7fffffffu, Load<U32>(bound + i));
    const Mask dropped = And(targeted, MaskAt(coins, i));
    U32 kept = weight;
    if (kRescale) {
      const Mask survivor = AndNot(targeted, dropped);
      kept = Select(survivor, (U32)((F32)weight * scale), weight);
      bits.scaled |= static_cast<uint64_t>(Bits(survivor)) << i;
    }
    Store(to + i, ZeroIf(dropped, kept));
    bits.kept |= (Bits(dropped) ^ kAllLanes) << i;
  }
  return bits;
}

WINNOW_INLINE void StoreBits(uint64_t bits, int64_t element, int64_t count, uint32_t* words) {
  if (words == nullptr) return;
  if (count < kGroup) bits &= (uint64_t{1} << count) - 1;
  words[element >> 5] = static_cast<uint32_t>(bits);
  if (count > 32) words[(element >> 5) + 1] = static_cast<uint32_t>(bits >> 32);
}

/// The 64 bits from bit `first` on; reads nine bytes.
WINNOW_INLINE uint64_t BitsFrom(const uint8_t* bits, int64_t first) {
  uint64_t low;
  memcpy(&low, bits + (first >> 3), sizeof(low));
  const int shift = static_cast<int>(first & 7);
  const uint64_t next = bits[(first >> 3) + 8];
  return low >> shift | next << 1 << (63 - shift);
}

template <bool kRescale>
void DropRange(const DropoutRange& range, const DropoutTargets& targets) {
  const Bounds bounds = {range.bound, range.tie_row, range.units};
  const PhiloxRounds rounds = PrepareRounds({range.key_low, range.key_high, range.kernel_id, range.step});
  uint32_t bound_scratch[kGroup], drawn[kDrawnWords];
  Place place = PlaceOf(range.begin, range.units);
  int64_t next_word = kDrawnWords;
  for (int64_t element = range.begin; element < range.end; element += kGroup, NextGroup(place, range.units)) {
    const uint32_t* bound = GroupBounds(bounds, place, bound_scratch);
    uint64_t coins;
    if (range.column_coins != nullptr) {
      coins = BitsFrom(range.column_coins, place.column);
    } else {
      if (next_word == kDrawnWords) {
        DrawBernoulli(rounds, static_cast<uint32_t>(element / kBernoulliBlock), range.drop_threshold, drawn);
        next_word = 0;
      }
      memcpy(&coins, drawn + next_word, sizeof(coins));
      next_word += kGroup / 32;
    }
    const int64_t rest = range.end - element;
    const int64_t count = rest < kGroup ? rest : kGroup;
    GroupBits bits;
    if (count == kGroup) {
      bits = DropGroup<kRescale>(range, range.kernel + element, bound, coins, targets.output + element);
    } else {
      float last[kGroup] = {};
      memcpy(last, range.kernel + element, count * sizeof(float));
      bits = DropGroup<kRescale>(range, last, bound, coins, last);
      memcpy(targets.output + element, last, count * sizeof(float));
    }
    StoreBits(bits.kept, element, count, targets.kept);
    if (kRescale) StoreBits(bits.scaled, element, count, targets.scaled);
  }
}

void Drop(const DropoutRange& range, const DropoutTargets& targets) {
  if (range.rescale) {
    DropRange<true>(range, targets);
  } else {
    DropRange<false>(range, targets);
  }
}

WINNOW_INLINE uint64_t LoadBits(const uint32_t* words, int64_t element, int64_t count) {
  const uint64_t low = words[element >> 5];
  return count > 32 ? low | static_cast<uint64_t>(words[(element >> 5) + 1]) << 32 : low;
}

WINNOW_INLINE void GradientGroup(const float* dy, uint64_t kept, uint64_t scaled, float scale, float* dx) {
  for (int i = 0; i < kGroup; i += kLanes) {
    const U32 gradient = Load<U32>(dy + i);
    const U32 passed = Select(MaskAt(scaled, i), (U32)((F32)gradient * Broadcast(scale)), gradient);
    Store(dx + i, ZeroIf(MaskAt(~kept, i), passed));
  }
}

void Gradient(const DropoutGradRange& range, float* dx) {
  for (int64_t element = range.begin; element < range.end; element += kGroup) {
    const int64_t rest = range.end - element;
    const int64_t count = rest < kGroup ? rest : kGroup;
    const uint64_t kept = LoadBits(range.kept, element, count);
    const uint64_t scaled = range.scaled == nullptr ? 0 : LoadBits(range.scaled, element, count);
    if (count == kGroup) {
      GradientGroup(range.dy + element, kept, scaled, range.scale, dx + element);
      continue;
    }
    float last[kGroup] = {};
    memcpy(last, range.dy + element, count * sizeof(float));
    GradientGroup(last, kept, scaled, range.scale, last);
    memcpy(dx + element, last, count * sizeof(float));
  }
}

}  // namespace

const TargetedDropoutKernels kTargetedDropoutKernels = {Drop, Gradient};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
