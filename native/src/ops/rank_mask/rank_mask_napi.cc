#include <vector>

#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/rank_mask/rank_mask.h"

namespace winnow::addon {
namespace {

/// rankMask(items, scope, byMagnitude, blockRows, blockColumns, globalCount): void
/// items: an array of [scores, fanIn, units, count, out: Uint8Array [fanIn * units]]
Napi::Value CallRankMask(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "rankMask";
  Arguments read(info, kName);
  const Napi::Array list = read.List("items");
  RankRule rule;
  rule.scope = static_cast<RankScope>(read.Integer("scope", 0, kRankScopes - 1));
  rule.by_magnitude = read.Boolean("byMagnitude");
  rule.block_rows = read.Integer("blockRows", 1, kMaxAxis);
  rule.block_columns = read.Integer("blockColumns", 1, kMaxAxis);
  rule.global_count = read.Integer("globalCount", 0, INT64_C(1) << 53);
  std::vector<RankItem> items;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    Arguments entry(info, kName, list.Get(i));
    RankItem item;
    item.scores = entry.Kernel();
    item.count = entry.Integer("count", 0, kMaxElements);
    item.mask = entry.Bytes("out", item.scores.size());
    items.push_back(item);
  }
  int64_t failed = 0;
  const Status status = RankMask(items, rule, PoolOf(info), &failed);
  if (!status.ok()) {
    ThrowIfError(info.Env(), kName,
                 Status(status.code(), "items[" + std::to_string(failed) + "]: " + status.message()));
  }
  return info.Env().Undefined();
}

const Register kEntry({"rank_mask", "rankMask", CallRankMask});

}  // namespace
}  // namespace winnow::addon
