#include "core/sparse/spmm_plan.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/sparse/panel.h"

namespace winnow {
namespace {

/// Channels per block. Smaller blocks keep the panel in the level-1 cache (128 channels x 64 tokens are 32 KiB), but a
/// unit's sums are loaded and stored once per block, which pays only with some weights in each. Measured at 512x2048:
/// 128 is best down to 15 % density, 256 to 4 %, no blocks below, where the level-2 cache feeds the kernel.
int64_t ChooseBlock(int64_t channels, double per_unit) {
  const double density = channels == 0 ? 0 : per_unit / static_cast<double>(channels);
  int64_t block = density >= 0.15 ? 128 : density >= 0.04 ? 256 : 1024;
  // Every unit has a word for every block. With hardly an entry in a block these words would be more than the matrix:
  // an empty one of 2^16 x 2^26 would take 17 GB.
  const int64_t most = 1 + static_cast<int64_t>(16 * per_unit);
  block = std::max(block, (channels + most - 1) / most);
  return std::max<int64_t>(1, std::min(block, channels));
}

}  // namespace

SpmmPlan SpmmPlan::OfSize(int64_t units, int64_t channels) {
  SpmmPlan plan;
  plan.SetSize(units, channels, 0);
  return plan;
}

int64_t SpmmPlan::bytes() const {
  const int64_t entries = is_grouped() ? word_count_ * 4 : nnz_ * static_cast<int64_t>(sizeof(PlanEntry));
  return entries + start_count() * 4;
}

void SpmmPlan::SetSize(int64_t units, int64_t channels, int64_t nnz) {
  units_ = units;
  channels_ = channels;
  nnz_ = nnz;
  block_channels_ = ChooseBlock(channels, static_cast<double>(nnz) / std::max<double>(1, units));
  blocks_ = std::max<int64_t>(1, (channels + block_channels_ - 1) / block_channels_);
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
  SetSize(by_unit.rows, by_unit.columns, by_unit.nnz);
  entries_ = Scratch<PlanEntry>(nnz_);
  starts_ = Scratch<int32_t>(start_count());
  if (entries_.data() == nullptr || starts_.data() == nullptr) return OutOfMemory();
  const int64_t cost = 4 * nnz_ / std::max<int64_t>(1, tiles()) + 3 * blocks_ * kTileUnits;
  parallel_for.Run(tiles(), cost, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) FillTile(by_unit, tile);
  });
  return {};
}

Status SpmmPlan::WithValues(const float* values, ParallelFor& parallel_for, SpmmPlan* plan) const {
  plan->SetSize(units_, channels_, nnz_);
  plan->word_count_ = word_count_;
  plan->starts_ = Scratch<int32_t>(start_count());
  plan->entries_ = Scratch<PlanEntry>(is_grouped() ? 0 : nnz_);
  if (is_grouped()) {
    plan->words_ = Scratch<uint32_t>(word_count_);
    plan->widths_ = Scratch<uint8_t>(tiles() * kTileUnits);
    if (plan->words_.data() == nullptr || plan->widths_.data() == nullptr) return OutOfMemory();
    std::copy_n(widths_.data(), tiles() * kTileUnits, plan->widths_.data());
  }
  if (plan->starts_.data() == nullptr || plan->entries_.data() == nullptr) return OutOfMemory();
  std::copy_n(starts_.data(), start_count(), plan->starts_.data());
  if (!is_grouped()) {
    parallel_for.Run(nnz_, 4, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const PlanEntry entry = entries_.data()[i];
        plan->entries_.data()[i] = {entry.offset, values[NumberOf(entry.value)]};
      }
    });
    return {};
  }
  parallel_for.Run(tiles(), 4 * word_count_ / std::max<int64_t>(1, tiles()), [&](int64_t begin, int64_t end) {
    for (int64_t part = begin * blocks_; part < end * blocks_; ++part) {
      const int32_t* part_starts = starts(part / blocks_, part % blocks_);
      const uint8_t* width = widths(part / blocks_);
      for (int64_t unit = 0, group = 0; unit < std::min<int64_t>(kTileUnits, units_ - part / blocks_ * kTileUnits);
           unit += width[group++]) {
        for (int32_t i = part_starts[group]; i < part_starts[group + 1]; i += 1 + width[group]) {
          plan->words_.data()[i] = words_.data()[i];
          for (int w = 1; w <= width[group]; ++w) {
            std::memcpy(plan->words_.data() + i + w, values + words_.data()[i + w], sizeof(float));
          }
        }
      }
    }
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

Status MakeSpmmPlan(const NmMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan) try {
  OwnedCsr pattern;
  WINNOW_RETURN_IF_ERROR(ExpandNm(matrix, parallel_for, &pattern));
  CsrMatrix by_row = pattern.view();
  by_row.values = matrix.values;
  if (!transposed) return plan->Fill(by_row, parallel_for);
  const OwnedCsr by_unit = TransposeCsr(by_row);
  return plan->Fill(by_unit.view(), parallel_for);
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
