#include <vector>

#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/targeted_dropout/targeted_dropout_all.h"

namespace winnow::addon {
namespace {

/// targetedDropoutAll(kernels, granularity, coin, threshold, seedLow, seedHigh, step, rescale, scale): void
/// kernels: an array of [kernel, fanIn, units, count, kernelId, thresholds: Int32Array [units] or [0], out:
/// Float32Array]
Napi::Value CallTargetedDropoutAll(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "targetedDropoutAll";
  Arguments read(info, kName);
  const Napi::Array kernels = read.List("kernels");
  TargetedDropoutArguments common = {};
  common.granularity = static_cast<Granularity>(read.Integer("granularity", 0, 1));
  common.coin = static_cast<Coin>(read.Integer("coin", 0, 1));
  common.drop_threshold = static_cast<uint32_t>(read.Integer("threshold", 0, kAlways));
  common.draws.key.low = read.Word("seedLow");
  common.draws.key.high = read.Word("seedHigh");
  common.draws.step = read.Word("step");
  common.rescale = read.Boolean("rescale");
  common.scale = read.Float("scale");
  std::vector<TargetedDropoutItem> items;
  for (uint32_t i = 0; i < kernels.Length(); ++i) {
    Arguments entry(info, kName, kernels.Get(i));
    TargetedDropoutItem item = {common, {}};
    item.arguments.kernel = entry.Kernel();
    item.arguments.count = entry.Integer("count", 0, kMaxAxis);
    item.arguments.draws.kernel_id = entry.Word("kernelId");
    item.outputs.thresholds = entry.IntegersOrNone("thresholds", item.arguments.kernel.units);
    item.arguments.start = item.outputs.thresholds;
    item.outputs.output = entry.Floats("out", item.arguments.kernel.size());
    items.push_back(item);
  }
  int64_t failed = 0;
  const Status status = TargetedDropoutAll(items, PoolOf(info), &failed);
  if (!status.ok()) {
    ThrowIfError(info.Env(), kName,
                 Status(status.code(), "kernels[" + std::to_string(failed) + "]: " + status.message()));
  }
  return info.Env().Undefined();
}

const Register kEntry({"targeted_dropout", "targetedDropoutAll", CallTargetedDropoutAll});

}  // namespace
}  // namespace winnow::addon
