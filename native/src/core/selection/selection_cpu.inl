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

/// Writes the found keys, how many are smaller and how many equal.
WINNOW_INLINE void FinishSelection(const uint32_t* keys, int64_t rows, U32* found, uint32_t* keys_at_rank,
                                   uint32_t* smaller, uint32_t* equal) {
  U32 counts[kVectors], up_to[kVectors];
  CountBelow(keys, rows, found, counts);
  for (int v = 0; v < kVectors; ++v) {
    Store(keys_at_rank + v * kLanes, found[v]);
    Store(smaller + v * kLanes, counts[v]);
    found[v] += 1;
  }
  CountBelow(keys, rows, found, up_to);
  for (int v = 0; v < kVectors; ++v) Store(equal + v * kLanes, up_to[v] - counts[v]);
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
  FinishSelection(keys, fan_in, found, keys_at_rank, smaller, equal);
}

/// The 16 values of a row from `from` on, of which only `columns` may be read beyond `end`.
WINNOW_INLINE const float* RowWithin(const float* from, const float* end, float* padded) {
  if (from + kBlockColumns <= end) return from;
  for (int i = 0; from + i < end; ++i) padded[i] = from[i];
  return padded;
}

/// Rows of one block that are scanned before the next block: enough to load the brackets seldom, few enough to walk
/// the memory forwards.
constexpr int64_t kScanRows = 16;
/// Rows whose masks fill a word.
constexpr int kMaskRows = 4;

/// What a scan knows of the 16 columns of a block.
struct BlockScan {
  U32 low[kVectors];
  U32 high[kVectors];
  U32 below[kVectors];
};

/// One row of a block: counts what is below the brackets and returns a bit for each key inside.
WINNOW_INLINE uint64_t ScanRow(const float* from, BlockScan& scan, U32* above_infinity) {
  uint64_t inside = 0;
  for (int v = 0; v < kVectors; ++v) {
    const U32 key = Load<U32>(from + v * kLanes) & kMagnitude;
    *above_infinity |= key + (kMagnitude - kInfinity);
    const Mask is_below = Less(key, scan.low[v]);
    scan.below[v] = CountIf(scan.below[v], is_below);
    inside |= static_cast<uint64_t>(Bits(AndNot(Less(key, scan.high[v]), is_below))) << (v * kLanes);
  }
  return inside;
}

/// Adds the keys that four rows' masks tell of to their columns' lists. Apart from the counting, so that a mispredicted
/// branch here does not hold up the loads there.
WINNOW_INLINE void Collect(uint64_t masks, const float* from, int64_t stride, uint32_t capacity, uint32_t* inside,
                           uint32_t* candidates) {
  while (masks != 0) {
    const int bit = __builtin_ctzll(masks);
    masks &= masks - 1;
    const int column = bit & (kBlockColumns - 1);
    const uint32_t count = inside[column]++;
    const uint32_t place = count < capacity ? count : capacity - 1;
    uint32_t key;
    memcpy(&key, from + (bit / kBlockColumns) * stride + column, sizeof(key));
    candidates[static_cast<int64_t>(place) * kBlockColumns + column] = key & kMagnitude;
  }
}

bool Scan(const ScanPanel& panel) {
  const float* const end = panel.data + (panel.fan_in - 1) * panel.stride + panel.columns;
  U32 above_infinity = {};
  float padded[kBlockColumns] = {};
  for (int64_t first = 0; first < panel.fan_in; first += kScanRows) {
    const int64_t rows = panel.fan_in - first < kScanRows ? panel.fan_in - first : kScanRows;
    for (int64_t column = 0; column < panel.columns; column += kBlockColumns) {
      const float* const tile = panel.data + first * panel.stride + column;
      BlockScan scan;
      for (int v = 0; v < kVectors; ++v) {
        scan.low[v] = Load<U32>(panel.low + column + v * kLanes);
        scan.high[v] = Load<U32>(panel.high + column + v * kLanes);
        scan.below[v] = Load<U32>(panel.below + column + v * kLanes);
      }
      uint64_t masks[kScanRows / kMaskRows] = {};
      if (rows == kScanRows && tile + (kScanRows - 1) * panel.stride + kBlockColumns <= end) {
        for (int row = 0; row < kScanRows; ++row) {
          masks[row / kMaskRows] |= ScanRow(tile + row * panel.stride, scan, &above_infinity)
                                    << (row % kMaskRows * kBlockColumns);
        }
      } else {
        for (int row = 0; row < rows; ++row) {
          const float* from = RowWithin(tile + row * panel.stride, end, padded);
          masks[row / kMaskRows] |= ScanRow(from, scan, &above_infinity) << (row % kMaskRows * kBlockColumns);
        }
      }
      for (int v = 0; v < kVectors; ++v) Store(panel.below + column + v * kLanes, scan.below[v]);
      for (int i = 0; i < kScanRows / kMaskRows; ++i) {
        Collect(masks[i], tile + i * kMaskRows * panel.stride, panel.stride, panel.capacity, panel.inside + column,
                panel.candidates + column * panel.capacity);
      }
    }
  }
  return Bits(Less(above_infinity, U32{})) != 0;
}

void SelectInside(const uint32_t* keys, int64_t rows, const uint32_t* low, const uint32_t* ranks, int bits,
                  uint32_t* keys_at_rank, uint32_t* smaller, uint32_t* equal) {
  U32 found[kVectors], limit[kVectors], counts[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    found[v] = Load<U32>(low + v * kLanes);
    limit[v] = Load<U32>(ranks + v * kLanes) + 1;
  }
  for (int bit = bits - 1; bit >= 0; --bit) {
    U32 candidate[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      candidate[v] = found[v] + (1u << bit);
      // Lanes are compared as signed numbers: what leaves their range is above all keys.
      candidate[v] = Select(Less(candidate[v], U32{}), Broadcast(kMagnitude), candidate[v]);
    }
    CountBelow(keys, rows, candidate, counts);
    for (int v = 0; v < kVectors; ++v) found[v] = Select(Less(counts[v], limit[v]), candidate[v], found[v]);
  }
  FinishSelection(keys, rows, found, keys_at_rank, smaller, equal);
}

void Bracket(const uint32_t* keys, int64_t rows, int64_t rank_low, int64_t rank_high, uint32_t* low, uint32_t* high) {
  constexpr int kLastBit = 15;
  U32 lows[kVectors] = {}, highs[kVectors] = {}, counts[kVectors];
  const U32 limit_low = Broadcast(static_cast<uint32_t>(rank_low) + 1);
  const U32 limit_high = Broadcast(static_cast<uint32_t>(rank_high) + 1);
  for (int bit = 30; bit >= kLastBit; --bit) {
    U32 candidate[kVectors];
    for (int v = 0; v < kVectors; ++v) candidate[v] = lows[v] | (1u << bit);
    CountBelow(keys, rows, candidate, counts);
    for (int v = 0; v < kVectors; ++v) lows[v] = Select(Less(counts[v], limit_low), candidate[v], lows[v]);
    for (int v = 0; v < kVectors; ++v) candidate[v] = highs[v] | (1u << bit);
    CountBelow(keys, rows, candidate, counts);
    for (int v = 0; v < kVectors; ++v) highs[v] = Select(Less(counts[v], limit_high), candidate[v], highs[v]);
  }
  for (int v = 0; v < kVectors; ++v) {
    Store(low + v * kLanes, lows[v]);
    Store(high + v * kLanes, highs[v] + (1u << kLastBit));
  }
}

void FindTies(const ColumnBlock& block, const uint32_t* key, const uint32_t* wanted, int32_t* rows) {
  float padded[kBlockColumns] = {};
  U32 keys[kVectors], left[kVectors], found[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    keys[v] = Load<U32>(key + v * kLanes);
    left[v] = Load<U32>(wanted + v * kLanes);
    found[v] = Broadcast(~0u);
  }
  for (int64_t row = 0; row < block.fan_in; ++row) {
    const float* from = RowOf(block, row, padded);
    for (int v = 0; v < kVectors; ++v) {
      const Mask tie = Equal(Load<U32>(from + v * kLanes) & kMagnitude, keys[v]);
      // A column that needs none is left at 0 and below: only the step from 1 to 0 counts.
      const Mask last = And(tie, Equal(left[v], Broadcast(1u)));
      found[v] = Select(last, Broadcast(static_cast<uint32_t>(row)), found[v]);
      left[v] = Select(tie, left[v] - 1, left[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) Store(rows + v * kLanes, found[v]);
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

const SelectionKernels kSelectionKernels = {PackKeys, SelectKeys, Scan, SelectInside, Bracket, FindTies, SumSquares};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
