#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/conv3x3/conv3x3.h"

namespace winnow::addon {
namespace {

/// conv3x3(images, height, width, inputs, outputs, x: [images · height · width · inputs], filter: [9 · inputs ·
/// outputs], y: [images · height · width · outputs], out: number): void out: which of the arrays is computed from the
/// other two, 2: y from x and filter, 0: the gradient of x from that of y (in y) and filter, 1: the gradient of the
/// filter from x and that of y (in y).
Napi::Value CallConv3x3(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "conv3x3";
  Arguments read(info, kName);
  Conv3x3Shape shape;
  shape.images = read.Integer("images", 0, kMaxAxis);
  shape.height = read.Integer("height", 0, kMaxAxis);
  shape.width = read.Integer("width", 0, kMaxAxis);
  shape.inputs = read.Integer("inputs", 1, kMaxAxis);
  shape.outputs = read.Integer("outputs", 1, kMaxAxis);
  const int64_t pixels = shape.images * shape.height * shape.width;
  float* x = read.Floats("x", pixels * shape.inputs);
  float* filter = read.Floats("filter", 9 * shape.inputs * shape.outputs);
  float* y = read.Floats("y", pixels * shape.outputs);
  ParallelFor& pool = PoolOf(info);
  switch (read.Integer("out", 0, 2)) {
    case 0:
      ThrowIfError(info.Env(), kName, Conv3x3InputGrad(shape, y, filter, pool, x));
      break;
    case 1:
      ThrowIfError(info.Env(), kName, Conv3x3FilterGrad(shape, x, y, pool, filter));
      break;
    default:
      ThrowIfError(info.Env(), kName, Conv3x3(shape, x, filter, pool, y));
  }
  return info.Env().Undefined();
}

const Register kEntry({"conv3x3", "conv3x3", CallConv3x3});

}  // namespace
}  // namespace winnow::addon
