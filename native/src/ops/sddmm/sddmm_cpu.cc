#include "ops/sddmm/sddmm_cpu.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <vector>

#include "core/float_environment.h"
#include "core/workspace_pool.h"
#include "ops/sddmm/sddmm.h"

namespace winnow {
namespace {

constexpr IsaVariants<SddmmKernels> kVariants = WINNOW_VARIANTS(kSddmmKernels);

/// Rows in a piece of work.
constexpr int64_t kTileRows = 32;
/// Tiles whose panel is packed at once, 64 KiB: of a few channels alone tokens lie too far apart to be read fast.
constexpr int64_t kPackedTiles = 8;

/// The tiles [begin, end), all panels of each. False if there is no memory.
bool AccumulateTiles(const SddmmKernels& kernels, const SddmmArguments& arguments, const float* column_panels,
                     int64_t begin, int64_t end, float* values) {
  const ScopedIeeeFloats ieee;
  const CsrMatrix& pattern = arguments.pattern;
  const WorkspacePool::Loan row_panel = WorkspacePool::Shared().Lend(kPackedTiles * kTileRows * kPanelTokens);
  if (row_panel.data() == nullptr) return false;
  SddmmTile tile;
  tile.row_panel = row_panel.data();
  tile.column_indices = pattern.column_indices;
  tile.short_column_indices = pattern.short_column_indices;
  // Panels outside: a panel of all columns stays in the level-2 cache over the tiles of a thread.
  for (int64_t panel = 0; panel < PanelCount(arguments.tokens); ++panel) {
    tile.column_panel = column_panels + panel * pattern.columns * kPanelTokens;
    tile.tokens = std::min<int64_t>(kPanelTokens, arguments.tokens - panel * kPanelTokens);
    tile.first = panel == 0;
    const int64_t end_row = std::min(end * kTileRows, pattern.rows);
    for (int64_t row = begin * kTileRows; row < end_row; row += tile.rows) {
      tile.rows = std::min(kPackedTiles * kTileRows, end_row - row);
      tile.row_offsets = pattern.row_offsets + row;
      if (tile.row_offsets[0] == tile.row_offsets[tile.rows]) continue;
      kernels.pack(PanelOf(arguments.row_input, arguments.tokens, pattern.rows, panel, row, tile.rows),
                   row_panel.data());
      kernels.accumulate(tile, values);
    }
  }
  return true;
}

}  // namespace

Status Sddmm(const SddmmArguments& arguments, ParallelFor& parallel_for, float* values) {
  const CsrMatrix& pattern = arguments.pattern;
  WINNOW_RETURN_IF_ERROR(CheckSddmm(arguments, parallel_for, values));
  const SddmmKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  if (pattern.nnz == 0) return {};
  if (arguments.tokens == 0) {
    std::fill_n(values, pattern.nnz, 0.0f);
    return {};
  }
  const int64_t panels = PanelCount(arguments.tokens);
  // All threads read all columns: they are packed once for all.
  const WorkspacePool::Loan column_panels = WorkspacePool::Shared().Lend(panels * pattern.columns * kPanelTokens);
  if (column_panels.data() == nullptr) return OutOfMemory();
  parallel_for.Run(panels, 30 * pattern.columns, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel) {
      const int64_t columns = pattern.columns;
      kernels->pack(PanelOf(arguments.column_input, arguments.tokens, columns, panel, 0, columns),
                    column_panels.data() + panel * columns * kPanelTokens);
    }
  });
  const int64_t tiles = (pattern.rows + kTileRows - 1) / kTileRows;
  const int64_t cost = panels * (10 * pattern.nnz / tiles + 30 * kTileRows);
  std::atomic<bool> out_of_memory{false};
  parallel_for.Run(tiles, cost, [&](int64_t begin, int64_t end) {
    if (AccumulateTiles(*kernels, arguments, column_panels.data(), begin, end, values)) return;
    out_of_memory.store(true, std::memory_order_relaxed);
  });
  return out_of_memory.load(std::memory_order_relaxed) ? OutOfMemory() : Status();
}

Status SddmmBlocks(const BlockMatrix& pattern, TokenMatrix row_input, TokenMatrix column_input, int64_t tokens,
                   ParallelFor& parallel_for, float* values) try {
  WINNOW_RETURN_IF_ERROR(CheckSddmm(pattern, tokens, parallel_for, values));
  BlockMatrix places = pattern;
  places.values = nullptr;
  const ExpandedBlocks expanded = ExpandBlocks(places);
  std::vector<float> entries(expanded.sources.size());
  const SddmmArguments arguments = {expanded.matrix.view(), row_input, column_input, tokens};
  WINNOW_RETURN_IF_ERROR(Sddmm(arguments, parallel_for, entries.data()));
  std::fill_n(values, pattern.size(), 0.0f);
  for (size_t i = 0; i < entries.size(); ++i) values[expanded.sources[i]] = entries[i];
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
