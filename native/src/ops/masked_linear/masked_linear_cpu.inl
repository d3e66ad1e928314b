// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd.h"
#include "core/sparse/panel.h"
#include "core/sparse/plan_entry.h"
#include "ops/masked_linear/masked_linear_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

/// Weights that are looked at together: a loop over the bits of one word ends once, and not once for every vector.
constexpr int kWord = 64;

WINNOW_INLINE F32 LoadSome(const float* from, int64_t count) {
  return count >= kLanes ? Load<F32>(from) : LoadPart(from, count);
}

WINNOW_INLINE uint64_t ZerosOfVector(F32 v) {
  const U32 bits = (U32)v;
  return Bits(Equal(bits + bits, U32{}));
}

/// Bit i is set where from[i] is 0, i < count <= 64; what the bits beyond are is left open.
WINNOW_INLINE uint64_t ZeroBits(const float* from, int64_t count) {
  uint64_t zeros = 0;
  if (count == kWord) {
#pragma GCC unroll 16
    for (int i = 0; i < kWord; i += kLanes) zeros |= ZerosOfVector(Load<F32>(from + i)) << i;
    return zeros;
  }
  for (int i = 0; i < count; i += kLanes) zeros |= ZerosOfVector(LoadSome(from + i, count - i)) << i;
  return zeros;
}

WINNOW_INLINE uint64_t BitsBelow(int64_t count) { return count == kWord ? ~uint64_t{0} : (uint64_t{1} << count) - 1; }

WINNOW_INLINE uint64_t NonzeroBits(const float* from, int64_t count) {
  return ~ZeroBits(from, count) & BitsBelow(count);
}

/// Calls each(first, bits) for the words of a row.
template <typename WordBits, typename Each>
WINNOW_INLINE void ForEachWord(int64_t columns, const WordBits& bits_of, const Each& each) {
  int64_t first = 0;
  for (; first + kWord <= columns; first += kWord) each(first, bits_of(first, kWord));
  if (first < columns) each(first, bits_of(first, columns - first));
}

void CountColumns(const KernelPart& part, int32_t* counts) {
  for (int64_t column = 0; column < part.columns; column += kLanes) {
    const int64_t width = part.columns - column;
    const float* from = part.weights + column;
    U32 zeros = {};
    for (int64_t row = 0; row < part.rows; ++row, from += part.stride) {
      const U32 bits = (U32)LoadSome(from, width);
      zeros = CountIf(zeros, Equal(bits + bits, U32{}));
    }
    const U32 nonzeros = Broadcast(static_cast<uint32_t>(part.rows)) - zeros;
    if (width >= kLanes) {
      Store(counts + column, nonzeros);
    } else {
      for (int64_t i = 0; i < width; ++i) counts[column + i] = static_cast<int32_t>(nonzeros[i]);
    }
  }
}

void FillColumns(const KernelPart& part, int64_t channel, int32_t* next, PlanEntry* entries) {
  const float* from = part.weights;
  for (int64_t row = 0; row < part.rows; ++row, from += part.stride) {
    const uint32_t offset = static_cast<uint32_t>((channel + row) * kPanelTokens);
    for (uint64_t bits = NonzeroBits(from, part.columns); bits != 0; bits &= bits - 1) {
      const int column = __builtin_ctzll(bits);
      entries[next[column]++] = {offset, from[column]};
    }
  }
}

int64_t CountRow(const float* weights, int64_t columns) {
  int64_t count = 0;
  ForEachWord(
      columns, [&](int64_t first, int64_t width) WINNOW_INLINE_LAMBDA { return NonzeroBits(weights + first, width); },
      [&](int64_t, uint64_t bits) WINNOW_INLINE_LAMBDA { count += __builtin_popcountll(bits); });
  return count;
}

int64_t FillRow(const float* weights, int64_t columns, int64_t channel, PlanEntry* entries) {
  PlanEntry* to = entries;
  ForEachWord(
      columns, [&](int64_t first, int64_t width) WINNOW_INLINE_LAMBDA { return NonzeroBits(weights + first, width); },
      [&](int64_t first, uint64_t bits) WINNOW_INLINE_LAMBDA {
        for (; bits != 0; bits &= bits - 1) {
          const int64_t column = first + __builtin_ctzll(bits);
          *to++ = {static_cast<uint32_t>((channel + column) * kPanelTokens), weights[column]};
        }
      });
  return to - entries;
}

/// The bits of `width` bytes that are not 0.
WINNOW_INLINE uint64_t ByteBits(const uint8_t* from, int64_t width) {
  uint64_t bits = 0;
  for (int64_t i = 0; i < width; ++i) bits |= uint64_t{from[i] != 0} << i;
  return bits;
}

template <typename Each>
WINNOW_INLINE void ForEachKept(const KeptRow& row, const Each& each) {
  ForEachWord(
      row.columns,
      [&](int64_t first, int64_t width) WINNOW_INLINE_LAMBDA {
        uint64_t bits =
            row.bools != nullptr ? ByteBits(row.bools + first, width) : NonzeroBits(row.mask + first, width);
        if (row.origin != nullptr) bits |= ZeroBits(row.origin + first, width) & BitsBelow(width);
        return bits;
      },
      each);
}

int64_t CountKept(const KeptRow& row) {
  int64_t count = 0;
  ForEachKept(row, [&](int64_t, uint64_t bits) WINNOW_INLINE_LAMBDA { count += __builtin_popcountll(bits); });
  return count;
}

void FillKept(const KeptRow& row, int32_t* columns) {
  ForEachKept(row, [&](int64_t first, uint64_t bits) WINNOW_INLINE_LAMBDA {
    for (; bits != 0; bits &= bits - 1) *columns++ = static_cast<int32_t>(first + __builtin_ctzll(bits));
  });
}

}  // namespace

const MaskedLinearKernels kMaskedLinearKernels = {CountColumns, FillColumns, CountRow, FillRow, CountKept, FillKept};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
