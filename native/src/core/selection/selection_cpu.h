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

/// The kernel bodies of selection; every instruction set has this table.
struct SelectionKernels {
  /// Copies the block's keys (bits of |w|) to `keys` [fan_in, 16], 0 in the columns that are missing. Returns whether
  /// one is NaN. From here on the block is contiguous: rows that lie a power of two apart would share a few cache sets.
  bool (*pack_keys)(const ColumnBlock& block, uint32_t* keys);
  /// Of each of the 16 columns of `keys`: the key with rank `rank` (0 = lowest), in `keys_at_rank`, how many keys are
  /// smaller and how many equal to it. rank in [0, fan_in).
  void (*select_keys)(const uint32_t* keys, int64_t fan_in, int64_t rank, uint32_t* keys_at_rank, uint32_t* smaller,
                      uint32_t* equal);
  /// The sums of squares of the block's columns, [16], in double, row after row. NaN exactly if the column has one.
  void (*sum_squares)(const ColumnBlock& block, double* sums);
};

WINNOW_DECLARE_VARIANTS(SelectionKernels, kSelectionKernels)

}  // namespace winnow

#endif  // WINNOW_CORE_SELECTION_SELECTION_CPU_H_
