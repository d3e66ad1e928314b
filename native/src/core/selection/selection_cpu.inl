// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/selection/selection_cpu.h"
#include "core/simd.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

constexpr int kVectors = kBlockColumns / kLanes;
constexpr uint32_t kMagnitude = 0x7fffffffu;
constexpr uint32_t kInfinity = 0x7f800000u;

/// The 16 values of one row; a narrow block is padded with zeros so as not to read beyond the matrix.
WINNOW_INLINE const float* RowOf(const ColumnBlock& block, int64_t row, float* padded) {
  const float* from = block.data + row * block.stride;
  if (block.columns == kBlockColumns) return from;
  for (int i = 0; i < block.columns; ++i) padded[i] = from[i];
  return padded;
}

bool PackKeys(const ColumnBlock& block, uint32_t* keys) {
  float padded[kBlockColumns] = {};
  Mask nan[kVectors] = {};
  U32 largest[kVectors] = {};
  for (int64_t row = 0; row < block.fan_in; ++row) {
    const float* from = RowOf(block, row, padded);
    for (int v = 0; v < kVectors; ++v) {
      const U32 key = Load<U32>(from + v * kLanes) & kMagnitude;
      largest[v] = Select(Less(largest[v], key), key, largest[v]);
      Store(keys + row * kBlockColumns + v * kLanes, key);
    }
  }
  uint32_t any = 0;
  for (int v = 0; v < kVectors; ++v) {
    nan[v] = Less(Broadcast(kInfinity), largest[v]);
    any |= Bits(nan[v]);
  }
  return any != 0;
}

/// Counts, per column, the keys below `bound`.
WINNOW_INLINE void CountBelow(const uint32_t* keys, int64_t fan_in, const U32* bound, U32* counts) {
  for (int v = 0; v < kVectors; ++v) counts[v] = U32{};
  for (int64_t row = 0; row < fan_in; ++row) {
    for (int v = 0; v < kVectors; ++v) {
      counts[v] = CountIf(counts[v], Less(Load<U32>(keys + row * kBlockColumns + v * kLanes), bound[v]));
    }
  }
}

/// Finds the key at a rank bit by bit, from the highest: it is the largest number with at most `rank` keys below it.
/// 31 passes over a block that stays in the L2 cache, no data-dependent branch, exact for any distribution.
void SelectKeys(const uint32_t* keys, int64_t fan_in, int64_t rank, uint32_t* keys_at_rank, uint32_t* smaller,
                uint32_t* equal) {
  U32 found[kVectors] = {}, counts[kVectors];
  const U32 limit = Broadcast(static_cast<uint32_t>(rank) + 1);
  for (uint32_t bit = 1u << 30; bit != 0; bit >>= 1) {
    U32 candidate[kVectors];
    for (int v = 0; v < kVectors; ++v) candidate[v] = found[v] | bit;
    CountBelow(keys, fan_in, candidate, counts);
    for (int v = 0; v < kVectors; ++v) found[v] = Select(Less(counts[v], limit), candidate[v], found[v]);
  }
  CountBelow(keys, fan_in, found, counts);
  for (int v = 0; v < kVectors; ++v) {
    Store(keys_at_rank + v * kLanes, found[v]);
    Store(smaller + v * kLanes, counts[v]);
    found[v] += 1;
  }
  U32 up_to[kVectors];
  CountBelow(keys, fan_in, found, up_to);
  for (int v = 0; v < kVectors; ++v) Store(equal + v * kLanes, up_to[v] - counts[v]);
}

void SumSquares(const ColumnBlock& block, double* sums) {
  constexpr int kHalves = 2 * kVectors;
  constexpr int kHalf = kLanes / 2;
  float padded[kBlockColumns] = {};
  F64 sum[kHalves] = {};
  for (int64_t row = 0; row < block.fan_in; ++row) {
    const float* from = RowOf(block, row, padded);
    for (int h = 0; h < kHalves; ++h) {
      const F64 w = __builtin_convertvector(Load<F32Half>(from + h * kHalf), F64);
      sum[h] += w * w;
    }
  }
  for (int h = 0; h < kHalves; ++h) Store(sums + h * kHalf, sum[h]);
}

}  // namespace

const SelectionKernels kSelectionKernels = {PackKeys, SelectKeys, SumSquares};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
