#ifndef WINNOW_OPS_SDDMM_SDDMM_CPU_H_
#define WINNOW_OPS_SDDMM_SDDMM_CPU_H_

#include <stdint.h>

#include "core/isa.h"
#include "core/sparse/panel.h"

namespace winnow {

/// A tile of rows of the pattern and one panel of tokens.
struct SddmmTile {
  /// [rows] and [columns][kPanelTokens].
  const float* row_panel;
  const float* column_panel;
  int64_t tokens;
  int64_t rows;
  /// [rows + 1], of the tile.
  const int32_t* row_offsets;
  /// Of the whole pattern; one is null.
  const int32_t* column_indices;
  const uint16_t* short_column_indices;
  /// Whether the panel's sums are the values so far, or are added to them.
  bool first;
};

/// The kernel bodies; every instruction set has this table.
struct SddmmKernels {
  void (*pack)(const PanelSource& source, float* panel);
  /// `values`: of the whole pattern.
  void (*accumulate)(const SddmmTile& tile, float* values);
};

WINNOW_DECLARE_VARIANTS(SddmmKernels, kSddmmKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_SDDMM_SDDMM_CPU_H_
