#include <vector>

#include "addon/arguments.h"
#include "ops/rank_mask/rank_mask.h"

namespace winnow::addon {
namespace {

/// rankMask(items, scope, byMagnitude, blockRows, blockColumns, globalCount): void
/// items: an array of [scores, fanIn, units, count, out: Uint8Array [fanIn * units]]
Napi::Value CallRankMask(Arguments& read) {
  std::vector<Arguments> list = read.Lists("items", 5);
  RankRule rule;
  rule.scope = static_cast<RankScope>(read.Integer("scope", 0, kRankScopes - 1));
  rule.by_magnitude = read.Boolean("byMagnitude");
  rule.block_rows = read.Integer("blockRows", 1, kMaxAxis);
  rule.block_columns = read.Integer("blockColumns", 1, kMaxAxis);
  rule.global_count = read.Integer("globalCount", 0, INT64_C(1) << 53);
  std::vector<RankItem> items;
  for (Arguments& entry : list) {
    RankItem item;
    item.scores = entry.Kernel();
    item.count = entry.Integer("count", 0, kMaxElements);
    item.mask = entry.Bytes("out", {item.scores.fan_in, item.scores.units});
    items.push_back(item);
  }
  int64_t failed = 0;
  return read.Done(RankMask(items, rule, read.Pool(), &failed).In("items", failed));
}

const Register kEntry({"rankMask", "rankMask", CallRankMask});

}  // namespace
}  // namespace winnow::addon
