#ifndef WINNOW_CORE_SELECTION_SELECTION_CPU_H_
#define WINNOW_CORE_SELECTION_SELECTION_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// Columns handled together: one cache line of a row, a whole number of vectors on every instruction set.
constexpr int kBlockColumns = 16;

/// A block of up to 16 columns of a row-major float32 matrix; the column's row 0 is at `data`.
struct ColumnBlock {
  const float* data;
  int64_t fan_in;
  /// Elements from one row to the next.
  int64_t stride;
  /// In [1, 16].
  int columns;
};

/// Neighbouring columns that are scanned together, row after row. All arrays per column are padded to whole blocks of
/// 16; the bracket of a padding column is empty.
struct ScanPanel {
  const float* data;
  int64_t fan_in;
  int64_t stride;
  int64_t columns;
  /// The bracket [low, high) of every column.
  const uint32_t* low;
  const uint32_t* high;
  /// How many keys lie below the bracket, and inside.
  uint32_t* below;
  uint32_t* inside;
  /// The keys inside, [blocks, capacity, 16]; those beyond the capacity are counted only.
  uint32_t* candidates;
  uint32_t capacity;
};

/// The kernel bodies of selection; every instruction set has this table.
struct SelectionKernels {
  /// Copies the block's keys (bits of |w|) to `keys` [fan_in, 16], 0 in the columns that are missing. Returns whether
  /// one is NaN. From here on the block is contiguous: rows that lie a power of two apart would share a few cache sets.
  bool (*pack_keys)(const ColumnBlock& block, uint32_t* keys);
  /// Of each of the 16 columns of `keys`: the key with rank `rank` (0 = lowest), in `keys_at_rank`, how many keys are
  /// smaller and how many equal to it. rank in [0, fan_in).
  void (*select_keys)(const uint32_t* keys, int64_t fan_in, int64_t rank, uint32_t* keys_at_rank, uint32_t* smaller,
                      uint32_t* equal);
  /// One pass over a panel: counts the keys below each column's bracket and collects those inside. Returns whether a
  /// key is NaN.
  bool (*scan)(const ScanPanel& panel);
  /// As select_keys, of 16 columns whose wanted keys lie in [low, high) each and have their own rank; `bits` is enough
  /// for the largest high - low. Keys beyond a column's end must be at least `high`.
  void (*select_inside)(const uint32_t* keys, int64_t rows, const uint32_t* low, const uint32_t* ranks, int bits,
                        uint32_t* keys_at_rank, uint32_t* smaller, uint32_t* equal);
  /// A bracket for each of the 16 columns of a sample: `low` has at most rank_low keys below it, `high` more than
  /// rank_high; both as near to that as 16 bits of a key tell.
  void (*bracket)(const uint32_t* keys, int64_t rows, int64_t rank_low, int64_t rank_high, uint32_t* low,
                  uint32_t* high);
  /// In each of the block's columns the row of the `wanted`-th (from 1) key that equals `key`; columns with wanted 0
  /// get -1.
  void (*find_ties)(const ColumnBlock& block, const uint32_t* key, const uint32_t* wanted, int32_t* rows);
  /// The sums of squares of the block's columns, [16], in double, row after row. NaN exactly if the column has one.
  void (*sum_squares)(const ColumnBlock& block, double* sums);
};

WINNOW_DECLARE_VARIANTS(SelectionKernels, kSelectionKernels)

}  // namespace winnow

#endif  // WINNOW_CORE_SELECTION_SELECTION_CPU_H_
