// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/sparse/panels.h"
#include "ops/sddmm/sddmm_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

/// A lane is a token modulo 16 on every instruction set, so that sums do not depend on it.
constexpr int kTokenLanes = 16;
constexpr int kParts = kTokenLanes / kLanes;
/// Entries in flight: as many sums as hide a multiply-add's latency and fit the registers.
constexpr int kTogether = 4;

#if WINNOW_LANES == 16
#define WINNOW_LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define WINNOW_HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define WINNOW_LOW_4 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27
#define WINNOW_HIGH_4 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31
#define WINNOW_LOW_2 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29
#define WINNOW_HIGH_2 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31
#define WINNOW_LOW_1 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define WINNOW_HIGH_1 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif WINNOW_LANES == 8
#define WINNOW_LOW_4 0, 1, 2, 3, 8, 9, 10, 11
#define WINNOW_HIGH_4 4, 5, 6, 7, 12, 13, 14, 15
#define WINNOW_LOW_2 0, 1, 4, 5, 8, 9, 12, 13
#define WINNOW_HIGH_2 2, 3, 6, 7, 10, 11, 14, 15
#define WINNOW_LOW_1 0, 2, 4, 6, 8, 10, 12, 14
#define WINNOW_HIGH_1 1, 3, 5, 7, 9, 11, 13, 15
#else
#define WINNOW_LOW_2 0, 1, 4, 5
#define WINNOW_HIGH_2 2, 3, 6, 7
#define WINNOW_LOW_1 0, 2, 4, 6
#define WINNOW_HIGH_1 1, 3, 5, 7
#endif

/// Adds the halves of every group of lanes of a, then of b: half as many lanes for each sum.
#define WINNOW_FOLD(a, b, half) (WINNOW_SHUFFLE(a, b, WINNOW_LOW_##half) + WINNOW_SHUFFLE(a, b, WINNOW_HIGH_##half))

/// Lane i of the result is the sum of the lanes of sums[i], added in the contract's order.
WINNOW_INLINE F32 SumOfEach(F32 (&sums)[kLanes]) {
#if WINNOW_LANES == 16
#pragma GCC unroll 8
  for (int i = 0; i < kLanes / 2; ++i) sums[i] = WINNOW_FOLD(sums[2 * i], sums[2 * i + 1], 8);
  constexpr int kAfter8 = kLanes / 4;
#else
  constexpr int kAfter8 = kLanes / 2;
#endif
#if WINNOW_LANES >= 8
#pragma GCC unroll 4
  for (int i = 0; i < kAfter8; ++i) sums[i] = WINNOW_FOLD(sums[2 * i], sums[2 * i + 1], 4);
  constexpr int kAfter4 = kAfter8 / 2;
#else
  constexpr int kAfter4 = kAfter8;
#endif
#pragma GCC unroll 2
  for (int i = 0; i < kAfter4; ++i) sums[i] = WINNOW_FOLD(sums[2 * i], sums[2 * i + 1], 2);
  sums[0] = WINNOW_FOLD(sums[0], sums[1], 1);
  return sums[0];
}

/// The sums of kTogether entries over the panel's tokens, their kTokenLanes lanes folded to kLanes.
WINNOW_INLINE void SumTogether(const float* row, const float* const* columns, int width, F32* sums) {
  F32 sum[kTogether][kParts];
  for (int e = 0; e < kTogether; ++e) {
    for (int part = 0; part < kParts; ++part) sum[e][part] = F32{};
  }
  for (int token = 0; token < width; token += kTokenLanes) {
#pragma GCC unroll 4
    for (int part = 0; part < kParts; ++part) {
      const F32 a = Load<F32>(row + token + part * kLanes);
#pragma GCC unroll 4
      for (int e = 0; e < kTogether; ++e) {
        sum[e][part] = MultiplyAdd(a, Load<F32>(columns[e] + token + part * kLanes), sum[e][part]);
      }
    }
  }
  for (int e = 0; e < kTogether; ++e) {
    // Lane i with i + 8, then with i + 4, as far as they lie in different vectors.
    if (kParts == 4) {
      sum[e][0] += sum[e][2];
      sum[e][1] += sum[e][3];
    }
    if (kParts >= 2) sum[e][0] += sum[e][1];
    sums[e] = sum[e][0];
  }
}

template <typename Index>
void AccumulateRows(const SddmmTile& tile, const Index* indices, float* values) {
  const int width = PanelWidth(tile.tokens);
  for (int64_t r = 0; r < tile.rows; ++r) {
    const float* row = tile.row_panel + r * kPanelTokens;
    for (int32_t begin = tile.row_offsets[r], end = tile.row_offsets[r + 1]; begin < end; begin += kLanes) {
      const int count = end - begin < kLanes ? end - begin : kLanes;
      F32 sums[kLanes];
      for (int e = 0; e < kLanes; e += kTogether) {
        if (e >= count) {
          for (int i = 0; i < kTogether; ++i) sums[e + i] = F32{};
          continue;
        }
        const float* columns[kTogether];
        // The last entry stands in for those beyond the end.
        for (int i = 0; i < kTogether; ++i) {
          const int entry = e + i < count ? e + i : count - 1;
          columns[i] = tile.column_panel + static_cast<int64_t>(indices[begin + entry]) * kPanelTokens;
        }
        SumTogether(row, columns, width, sums + e);
      }
      F32 total = SumOfEach(sums);
      if (count == kLanes) {
        if (!tile.first) total += Load<F32>(values + begin);
        Store(values + begin, total);
        continue;
      }
      if (!tile.first) total += LoadPart(values + begin, count);
      StorePart(values + begin, total, count);
    }
  }
}

void Accumulate(const SddmmTile& tile, float* values) {
  if (tile.column_indices != nullptr) {
    AccumulateRows(tile, tile.column_indices, values);
  } else {
    AccumulateRows(tile, tile.short_column_indices, values);
  }
}

void Pack(const PanelSource& source, float* panel) { PackPanel(source, panel); }

}  // namespace

const SddmmKernels kSddmmKernels = {Pack, Accumulate};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
