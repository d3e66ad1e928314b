#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/batch_norm/batch_norm.h"

namespace winnow::addon {
namespace {

/// batchNorm(rows, channels, x: [rows · channels], scale: [channels], offset: [channels], skip: [rows · channels] or
/// undefined, epsilon, relu, y: [rows · channels], mean: [channels], variance: [channels]): void
Napi::Value CallBatchNorm(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "batchNorm";
  Arguments read(info, kName);
  BatchNormArguments arguments;
  arguments.rows = read.Integer("rows", 0, kMaxAxis);
  arguments.channels = read.Integer("channels", 0, kMaxAxis);
  const int64_t size = arguments.rows * arguments.channels;
  arguments.x = read.Floats("x", size);
  arguments.scale = read.Floats("scale", arguments.channels);
  arguments.offset = read.Floats("offset", arguments.channels);
  arguments.skip = read.OptionalFloats("skip", size);
  arguments.epsilon = read.Float("epsilon");
  arguments.relu = read.Boolean("relu");
  BatchNormOutputs outputs;
  outputs.y = read.Floats("y", size);
  outputs.mean = read.Floats("mean", arguments.channels);
  outputs.variance = read.Floats("variance", arguments.channels);
  ThrowIfError(info.Env(), kName, BatchNorm(arguments, PoolOf(info), outputs));
  return info.Env().Undefined();
}

const Register kEntry({"batch_norm", "batchNorm", CallBatchNorm});

}  // namespace
}  // namespace winnow::addon
