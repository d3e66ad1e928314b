#include <string>
#include <vector>

#include "addon/arguments.h"
#include "ops/targeted_dropout/targeted_dropout_all.h"

namespace winnow::addon {
namespace {

/// targetedDropoutAll(kernels, granularity, coin, threshold, seedLow, seedHigh, step, rescale, scale): void
/// kernels: an array of [kernel, fanIn, units, count, kernelId, thresholds: Int32Array [units] or [0], out:
/// Float32Array]
Napi::Value CallTargetedDropoutAll(Arguments& read) {
  std::vector<Arguments> kernels = read.Lists("kernels", 7);
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
  for (Arguments& entry : kernels) {
    TargetedDropoutItem item = {common, {}};
    KernelMatrix& kernel = item.arguments.kernel;
    kernel = entry.Kernel();
    item.arguments.count = entry.Integer("count", 0, kMaxAxis);
    item.arguments.draws.kernel_id = entry.Word("kernelId");
    item.outputs.thresholds = entry.IntegersOrNone("thresholds", kernel.units);
    item.arguments.start = item.outputs.thresholds;
    item.outputs.output = entry.Floats("out", {kernel.fan_in, kernel.units});
    items.push_back(item);
  }
  int64_t failed = 0;
  return read.Done(TargetedDropoutAll(items, read.Pool(), &failed).In("kernels", failed));
}

const Register kEntry({"targetedDropoutAll", "targetedDropoutAll", CallTargetedDropoutAll});

}  // namespace
}  // namespace winnow::addon
