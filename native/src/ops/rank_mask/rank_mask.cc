#include "ops/rank_mask/rank_mask.h"

#include <cmath>
#include <string>

#include "core/checked_size.h"

namespace winnow {

Status CheckRankMask(const std::vector<RankItem>& items, const RankRule& rule, int64_t* failed) {
  *failed = 0;
  if (rule.scope == RankScope::kBlock && (rule.block_rows < 1 || rule.block_columns < 1)) {
    return InvalidArgument("block must have at least 1 row and 1 column, got " + std::to_string(rule.block_rows) +
                           " x " + std::to_string(rule.block_columns));
  }
  int64_t total = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const KernelMatrix& scores = items[i].scores;
    *failed = static_cast<int64_t>(i);
    WINNOW_RETURN_IF_ERROR(CheckSelection(scores, Granularity::kWeight, 0));
    total += scores.size();
    int64_t most = INT64_MAX;
    if (rule.scope == RankScope::kColumn) most = scores.fan_in;
    if (rule.scope == RankScope::kLayer) most = scores.size();
    if (rule.scope == RankScope::kBlock) most = BlockCountOf(scores, rule);
    WINNOW_RETURN_IF_ERROR(CheckRange("count", items[i].count, 0, most));
    for (int64_t e = 0; e < scores.size(); ++e) {
      if (std::isnan(scores.data[e])) return NanError(scores);
    }
  }
  *failed = 0;
  return rule.scope == RankScope::kGlobal ? CheckRange("count", rule.global_count, 0, total) : Status();
}

}  // namespace winnow
