#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "core/sparse/panel.h"
#include "core/sparse/spmm_plan.h"

namespace winnow {

/// A matrix of blocks seen by units: rows of unit blocks list channel blocks; a pattern entry's block is its value as
/// bits, if it has values, else the entry's own number.
struct SpmmPlan::UnitBlocks {
  CsrMatrix pattern;
  int64_t units;
  int64_t channels;
  int64_t unit_block;
  int64_t channel_block;
  const float* values;
  /// From one unit, or channel, to the next within a block.
  int64_t unit_stride;
  int64_t channel_stride;

  int64_t block(int64_t entry) const {
    return pattern.values == nullptr ? entry : static_cast<int64_t>(NumberOf(pattern.values[entry]));
  }
};

/// Cuts a tile into groups: a group lies in one row of blocks. Returns the words the tile takes.
int64_t SpmmPlan::MakeGroups(const UnitBlocks& by_unit, int64_t tile) {
  const int64_t end = std::min<int64_t>(units_, (tile + 1) * kTileUnits);
  uint8_t* width = widths_.data() + tile * kTileUnits;
  int64_t words = 0;
  for (int64_t unit = tile * kTileUnits; unit < end; unit += *width++) {
    const int64_t row = unit / by_unit.unit_block;
    *width = static_cast<uint8_t>(std::min({int64_t{4}, (row + 1) * by_unit.unit_block - unit, end - unit}));
    const int64_t begin = by_unit.pattern.row_offsets[row], last = by_unit.pattern.row_offsets[row + 1] - 1;
    if (last < begin) continue;
    const int64_t end_channel = (by_unit.pattern.column(last) + int64_t{1}) * by_unit.channel_block;
    const int64_t stored = (last + 1 - begin) * by_unit.channel_block - std::max<int64_t>(0, end_channel - channels_);
    words += stored * (1 + *width);
  }
  return words;
}

void SpmmPlan::FillGroupTile(const UnitBlocks& by_unit, int64_t tile, int32_t to) {
  const int64_t first = tile * kTileUnits, end = std::min<int64_t>(units_, first + kTileUnits);
  const uint8_t* width = widths(tile);
  // By group: the next entry of its row of blocks.
  int32_t next[kTileUnits];
  for (int64_t unit = first, group = 0; unit < end; unit += width[group++]) {
    next[group] = by_unit.pattern.row_offsets[unit / by_unit.unit_block];
  }
  uint32_t* words = words_.data();
  for (int64_t block = 0; block < blocks_; ++block) {
    const int64_t begin_channel = block * block_channels_;
    const int64_t end_channel = std::min(begin_channel + block_channels_, channels_);
    int32_t* starts = starts_.data() + (tile * blocks_ + block) * (kTileUnits + 1);
    int64_t group = 0;
    for (int64_t unit = first; unit < end; unit += width[group++]) {
      starts[group] = to;
      const int64_t row = unit / by_unit.unit_block;
      for (; next[group] < by_unit.pattern.row_offsets[row + 1]; ++next[group]) {
        const int64_t block_begin = by_unit.pattern.column(next[group]) * by_unit.channel_block;
        const int64_t block_end = block_begin + by_unit.channel_block;
        const int64_t block_size = by_unit.unit_block * by_unit.channel_block;
        const float* values = by_unit.values + by_unit.block(next[group]) * block_size +
                              (unit - row * by_unit.unit_block) * by_unit.unit_stride;
        for (int64_t c = std::max(begin_channel, block_begin); c < std::min(end_channel, block_end); ++c) {
          words[to++] = static_cast<uint32_t>(c) * kPanelTokens;
          for (int w = 0; w < width[group]; ++w) {
            const int64_t at = (c - block_begin) * by_unit.channel_stride + w * by_unit.unit_stride;
            std::memcpy(words + to++, values + at, sizeof(float));
          }
        }
        // A block that goes on in the next block of channels is met again there.
        if (block_end > end_channel) break;
      }
    }
    std::fill(starts + group, starts + kTileUnits + 1, to);
  }
}

Status SpmmPlan::FillGroups(const UnitBlocks& by_unit, ParallelFor& parallel_for) {
  SetSize(by_unit.units, by_unit.channels, by_unit.pattern.nnz * by_unit.unit_block * by_unit.channel_block);
  starts_ = Scratch<int32_t>(tiles() * blocks_ * (kTileUnits + 1));
  widths_ = Scratch<uint8_t>(tiles() * kTileUnits);
  Scratch<int64_t> first_words(tiles() + 1);
  if (starts_.data() == nullptr || widths_.data() == nullptr || first_words.data() == nullptr) return OutOfMemory();
  word_count_ = 0;
  for (int64_t tile = 0; tile < tiles(); ++tile) {
    first_words.data()[tile] = word_count_;
    word_count_ += MakeGroups(by_unit, tile);
  }
  words_ = Scratch<uint32_t>(word_count_);
  if (words_.data() == nullptr) return OutOfMemory();
  const int64_t cost = 2 * word_count_ / std::max<int64_t>(1, tiles()) + 3 * blocks_ * kTileUnits;
  parallel_for.Run(tiles(), cost, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      FillGroupTile(by_unit, tile, static_cast<int32_t>(first_words.data()[tile]));
    }
  });
  return {};
}

Status MakeSpmmPlan(const BlockMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan) try {
  WINNOW_RETURN_IF_ERROR(CheckBlock(matrix, parallel_for));
  if (!transposed) {
    return plan->FillGroups({matrix.pattern(), matrix.rows, matrix.columns, matrix.block_rows, matrix.block_columns,
                             matrix.values, matrix.block_columns, 1},
                            parallel_for);
  }
  std::vector<float> numbers(matrix.blocks);
  for (int64_t i = 0; i < matrix.blocks; ++i) {
    const uint32_t number = static_cast<uint32_t>(i);
    std::memcpy(&numbers[i], &number, sizeof(number));
  }
  CsrMatrix pattern = matrix.pattern();
  pattern.values = numbers.data();
  const OwnedCsr by_unit = TransposeCsr(pattern);
  return plan->FillGroups({by_unit.view(), matrix.columns, matrix.rows, matrix.block_columns, matrix.block_rows,
                           matrix.values, 1, matrix.block_columns},
                          parallel_for);
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
