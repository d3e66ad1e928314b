#include <algorithm>
#include <cmath>

#include "ops/rank_mask/rank_mask.h"

namespace winnow {
namespace {

/// Something that is ranked and, if low, cut: an entry or a block.
struct Ranked {
  double score;
  std::vector<uint8_t*> entries;
};

void CutLowest(std::vector<Ranked> ranked, int64_t count) {
  std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) { return a.score < b.score; });
  for (int64_t i = 0; i < count; ++i) {
    for (uint8_t* entry : ranked[i].entries) *entry = 0;
  }
}

std::vector<Ranked> Blocks(const RankItem& item, const RankRule& rule) {
  const KernelMatrix& matrix = item.scores;
  std::vector<Ranked> blocks;
  for (int64_t top = 0; top < matrix.fan_in; top += rule.block_rows) {
    for (int64_t left = 0; left < matrix.units; left += rule.block_columns) {
      Ranked block = {0, {}};
      for (int64_t row = top; row < std::min(top + rule.block_rows, matrix.fan_in); ++row) {
        for (int64_t column = left; column < std::min(left + rule.block_columns, matrix.units); ++column) {
          const double value = matrix.data[row * matrix.units + column];
          block.score += value * value;
          block.entries.push_back(item.mask + row * matrix.units + column);
        }
      }
      blocks.push_back(block);
    }
  }
  return blocks;
}

}  // namespace

Status RankMaskReference(const std::vector<RankItem>& items, const RankRule& rule, int64_t* failed) {
  WINNOW_RETURN_IF_ERROR(CheckRankMask(items, rule, failed));
  std::vector<Ranked> all;
  for (const RankItem& item : items) {
    const KernelMatrix& matrix = item.scores;
    std::fill_n(item.mask, matrix.size(), 1);
    const auto entry = [&](int64_t index) {
      const double score = matrix.data[index];
      return Ranked{rule.by_magnitude ? std::fabs(score) : score, {item.mask + index}};
    };
    if (rule.scope == RankScope::kBlock) {
      CutLowest(Blocks(item, rule), item.count);
    } else if (rule.scope == RankScope::kColumn || rule.scope == RankScope::kTwoOfFour) {
      const int64_t group = rule.scope == RankScope::kColumn ? std::max<int64_t>(1, matrix.fan_in) : 4;
      for (int64_t column = 0; column < matrix.units; ++column) {
        for (int64_t top = 0; top < matrix.fan_in; top += group) {
          std::vector<Ranked> ranked;
          for (int64_t row = top; row < std::min(top + group, matrix.fan_in); ++row) {
            ranked.push_back(entry(row * matrix.units + column));
          }
          const int64_t half = static_cast<int64_t>(ranked.size()) / 2;
          CutLowest(ranked, rule.scope == RankScope::kColumn ? item.count : half);
        }
      }
    } else {
      std::vector<Ranked> ranked;
      for (int64_t i = 0; i < matrix.size(); ++i) ranked.push_back(entry(i));
      if (rule.scope == RankScope::kLayer) {
        CutLowest(ranked, item.count);
      } else {
        all.insert(all.end(), ranked.begin(), ranked.end());
      }
    }
  }
  if (rule.scope == RankScope::kGlobal) CutLowest(all, rule.global_count);
  return {};
}

}  // namespace winnow
