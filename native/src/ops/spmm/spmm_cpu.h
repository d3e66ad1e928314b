#ifndef WINNOW_OPS_SPMM_SPMM_CPU_H_
#define WINNOW_OPS_SPMM_SPMM_CPU_H_

#include <stdint.h>

#include "core/isa.h"
#include "core/sparse/panel.h"

namespace winnow {

struct PlanEntry;

/// A block of a tile's channels times a panel. `sums` is [units][kPanelTokens].
struct SpmmBlock {
  const float* panel;
  int64_t tokens;
  const PlanEntry* entries;
  /// [units + 1]; of a grouped plan (widths is not null) [groups + 1], for its words instead of entries.
  const int32_t* starts;
  const uint32_t* words;
  /// [groups], in [1, 4]; sum: units.
  const uint8_t* widths;
  int64_t units;
  /// The sums begin with the bias ([units], null: with 0) in a tile's first block, and go on in the others.
  bool first;
  const float* bias;
  /// In a tile's last block: ReLU is applied to the sums, and they go to `direct`, rows of 64 tokens `direct_stride`
  /// apart, instead of `sums`, unless it is null.
  bool relu;
  float* direct;
  int64_t direct_stride;
};

/// Where a tile's sums go: the first token and unit of the tile, `stride` from one token to the next if tokens_outer,
/// otherwise from one unit to the next.
struct SpmmTarget {
  float* data;
  int64_t stride;
  bool tokens_outer;
};

/// The kernel bodies; every instruction set has this table.
struct SpmmKernels {
  void (*pack)(const PanelSource& source, float* panel);
  void (*multiply)(const SpmmBlock& block, float* sums);
  /// Applies GELU to `units` x `tokens` sums.
  void (*gelu)(float* sums, int64_t units, int64_t tokens);
  /// Writes `units` x `tokens` sums.
  void (*write)(const float* sums, int64_t units, int64_t tokens, const SpmmTarget& target);
};

WINNOW_DECLARE_VARIANTS(SpmmKernels, kSpmmKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_SPMM_SPMM_CPU_H_
