#include "addon/arguments.h"
#include "ops/targeted_dropout/targeted_dropout.h"

namespace winnow::addon {
namespace {

/// targetedDropout(kernel, fanIn, units, granularity, coin, count, threshold, seedLow, seedHigh, kernelId, step,
/// rescale, scale, thresholds: Int32Array [units] or [0], out: Float32Array [fanIn * units]): void
Napi::Value CallTargetedDropout(Arguments& read) {
  TargetedDropoutArguments arguments;
  arguments.kernel = read.Kernel();
  arguments.granularity = static_cast<Granularity>(read.Integer("granularity", 0, 1));
  arguments.coin = static_cast<Coin>(read.Integer("coin", 0, 1));
  arguments.count = read.Integer("count", 0, kMaxAxis);
  arguments.drop_threshold = static_cast<uint32_t>(read.Integer("threshold", 0, kAlways));
  arguments.draws.key.low = read.Word("seedLow");
  arguments.draws.key.high = read.Word("seedHigh");
  arguments.draws.kernel_id = read.Word("kernelId");
  arguments.draws.step = read.Word("step");
  arguments.rescale = read.Boolean("rescale");
  arguments.scale = read.Float("scale");
  TargetedDropoutOutputs outputs = {};
  outputs.thresholds = read.IntegersOrNone("thresholds", arguments.kernel.units);
  arguments.start = outputs.thresholds;
  outputs.output = read.Floats("out", {arguments.kernel.fan_in, arguments.kernel.units});
  return read.Done(TargetedDropout(arguments, read.Pool(), outputs));
}

const Register kEntry({"targetedDropout", "targetedDropout", CallTargetedDropout});

}  // namespace
}  // namespace winnow::addon
