#include "core/sparse/spmm_plan.h"

#include <algorithm>
#include <new>

#include "core/sparse/panel.h"

namespace winnow {
namespace {

/// Channels per block. Smaller blocks keep the panel in the level-1 cache (128 channels x 64 tokens are 32 KiB), but a
/// unit's sums are loaded and stored once per block, which pays only with some weights in each. Measured at 512x2048:
/// 128 is best down to 15 % density, 256 to 4 %, no blocks below, where the level-2 cache feeds the kernel.
int64_t ChooseBlock(int64_t channels, double per_unit) {
  const double density = channels == 0 ? 0 : per_unit / static_cast<double>(channels);
  const int64_t block = density >= 0.15 ? 128 : density >= 0.04 ? 256 : 1024;
  return std::max<int64_t>(1, std::min(block, channels));
}

}  // namespace

int64_t SpmmPlan::bytes() const {
  return nnz_ * static_cast<int64_t>(sizeof(PlanEntry)) + tiles() * blocks_ * (kTileUnits + 1) * 4;
}

void SpmmPlan::FillTile(const CsrMatrix& by_unit, int64_t tile) {
  const int64_t first = tile * kTileUnits;
  const int64_t count = std::min<int64_t>(kTileUnits, units_ - first);
  int32_t next[kTileUnits];
  std::copy_n(by_unit.row_offsets + first, count, next);
  int32_t to = by_unit.row_offsets[first];
  for (int64_t block = 0; block < blocks_; ++block) {
    const int64_t end_channel = (block + 1) * block_channels_;
    int32_t* starts = starts_.data() + (tile * blocks_ + block) * (kTileUnits + 1);
    for (int64_t unit = 0; unit < count; ++unit) {
      starts[unit] = to;
      int32_t from = next[unit];
      for (const int32_t end = by_unit.row_offsets[first + unit + 1]; from < end; ++from, ++to) {
        const int32_t channel = by_unit.column(from);
        if (channel >= end_channel) break;
        entries_.data()[to] = {static_cast<uint32_t>(channel) * kPanelTokens, by_unit.values[from]};
      }
      next[unit] = from;
    }
    std::fill(starts + count, starts + kTileUnits + 1, to);
  }
}

Status SpmmPlan::Fill(const CsrMatrix& by_unit, ParallelFor& parallel_for) {
  units_ = by_unit.rows;
  channels_ = by_unit.columns;
  nnz_ = by_unit.nnz;
  const double per_unit = static_cast<double>(nnz_) / std::max<double>(1, units_);
  block_channels_ = ChooseBlock(channels_, per_unit);
  blocks_ = std::max<int64_t>(1, (channels_ + block_channels_ - 1) / block_channels_);
  entries_ = Scratch<PlanEntry>(nnz_);
  starts_ = Scratch<int32_t>(tiles() * blocks_ * (kTileUnits + 1));
  if (entries_.data() == nullptr || starts_.data() == nullptr) return OutOfMemory();
  const int64_t cost = static_cast<int64_t>(4 * per_unit * kTileUnits) + 3 * blocks_ * kTileUnits;
  parallel_for.Run(tiles(), cost, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) FillTile(by_unit, tile);
  });
  return {};
}

Status MakeSpmmPlan(const CsrMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan) try {
  WINNOW_RETURN_IF_ERROR(CheckCsr(matrix, parallel_for));
  if (!transposed) return plan->Fill(matrix, parallel_for);
  const OwnedCsr by_unit = TransposeCsr(matrix);
  return plan->Fill(by_unit.view(), parallel_for);
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
