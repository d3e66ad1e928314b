#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/bias_activation/bias_activation.h"

namespace winnow::addon {
namespace {

BiasActivationArguments Read(Arguments& read) {
  BiasActivationArguments arguments;
  arguments.kind = static_cast<BiasActivationKind>(read.Integer("activation", 0, 3));
  arguments.rows = read.Integer("rows", 0, kMaxAxis);
  arguments.width = read.Integer("width", 0, kMaxAxis);
  arguments.x = read.Floats("x", arguments.rows * arguments.width);
  arguments.bias = read.OptionalFloats("bias", arguments.width);
  return arguments;
}

/// biasActivation(activation, rows, width, x, bias | undefined, y): void
Napi::Value CallForward(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "biasActivation";
  Arguments read(info, kName);
  const BiasActivationArguments arguments = Read(read);
  float* y = read.Floats("y", arguments.rows * arguments.width);
  ThrowIfError(info.Env(), kName, BiasActivation(arguments, PoolOf(info), y));
  return info.Env().Undefined();
}

/// biasActivationGrad(activation, rows, width, x, bias | undefined, dy, dx, dBias | undefined): void
Napi::Value CallGradient(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "biasActivationGrad";
  Arguments read(info, kName);
  const BiasActivationArguments arguments = Read(read);
  const float* dy = read.Floats("dy", arguments.rows * arguments.width);
  float* dx = read.Floats("dx", arguments.rows * arguments.width);
  float* dbias = read.OptionalFloats("dBias", arguments.width);
  ThrowIfError(info.Env(), kName, BiasActivationGrad(arguments, dy, PoolOf(info), dx, dbias));
  return info.Env().Undefined();
}

const Register kForward({"bias_activation", "biasActivation", CallForward});
const Register kGradient({"bias_activation", "biasActivationGrad", CallGradient});

}  // namespace
}  // namespace winnow::addon
