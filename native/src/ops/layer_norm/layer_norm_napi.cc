#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/layer_norm/layer_norm.h"

namespace winnow::addon {
namespace {

LayerNormArguments Read(Arguments& read) {
  LayerNormArguments arguments;
  arguments.rows = read.Integer("rows", 0, kMaxAxis);
  arguments.width = read.Integer("width", 0, kMaxAxis);
  arguments.x = read.Floats("x", arguments.rows * arguments.width);
  arguments.scale = read.Floats("scale", arguments.width);
  return arguments;
}

/// layerNorm(rows, width, x, scale, offset, epsilon, y, means: [rows], inverseDeviations: [rows]): void
Napi::Value CallForward(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "layerNorm";
  Arguments read(info, kName);
  const LayerNormArguments arguments = Read(read);
  const float* offset = read.Floats("offset", arguments.width);
  const float epsilon = read.Float("epsilon");
  float* y = read.Floats("y", arguments.rows * arguments.width);
  float* means = read.Floats("means", arguments.rows);
  float* inverses = read.Floats("inverseDeviations", arguments.rows);
  ThrowIfError(info.Env(), kName, LayerNorm(arguments, offset, epsilon, PoolOf(info), y, means, inverses));
  return info.Env().Undefined();
}

/// layerNormGrad(rows, width, x, scale, dy, means, inverseDeviations, dx, dScale, dOffset): void
Napi::Value CallGradient(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "layerNormGrad";
  Arguments read(info, kName);
  const LayerNormArguments arguments = Read(read);
  const float* dy = read.Floats("dy", arguments.rows * arguments.width);
  const float* means = read.Floats("means", arguments.rows);
  const float* inverses = read.Floats("inverseDeviations", arguments.rows);
  float* dx = read.Floats("dx", arguments.rows * arguments.width);
  float* dscale = read.Floats("dScale", arguments.width);
  float* doffset = read.Floats("dOffset", arguments.width);
  ThrowIfError(info.Env(), kName, LayerNormGrad(arguments, dy, means, inverses, PoolOf(info), dx, dscale, doffset));
  return info.Env().Undefined();
}

const Register kForward({"layer_norm", "layerNorm", CallForward});
const Register kGradient({"layer_norm", "layerNormGrad", CallGradient});

}  // namespace
}  // namespace winnow::addon
