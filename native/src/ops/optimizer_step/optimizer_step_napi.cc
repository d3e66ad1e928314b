#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/optimizer_step/optimizer_step.h"

namespace winnow::addon {
namespace {

/// The most elements of an array here.
constexpr int64_t kMaxSize = int64_t{1} << 34;

/// size, variable, gradient, l2, shrink: what every entry begins with. The variable is moved in place.
OptimizedVariable ReadVariable(Arguments& entry, int64_t* size) {
  *size = entry.Integer("size", 0, kMaxSize);
  float* variable = entry.Floats("variable", *size);
  const float* gradient = entry.Floats("gradient", *size);
  const float l2 = entry.Float("l2"), shrink = entry.Float("shrink");
  return {variable, gradient, *size, l2, shrink, variable};
}

/// sgdStep(entries: [size, variable, gradient, l2, shrink, momentum | undefined][], learningRate, momentum, nesterov,
/// clipNorm): void
Napi::Value CallSgdStep(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "sgdStep";
  Arguments read(info, kName);
  const Napi::Array entries = read.List("entries");
  SgdSettings settings;
  settings.learning_rate = read.Float("learningRate");
  settings.momentum = read.Float("momentum");
  settings.nesterov = read.Boolean("nesterov");
  settings.clip_norm = read.Float("clipNorm");
  std::vector<SgdVariable> variables;
  for (uint32_t i = 0; i < entries.Length(); ++i) {
    Arguments entry(info, kName, entries.Get(i));
    int64_t size;
    const OptimizedVariable common = ReadVariable(entry, &size);
    float* momentum = entry.OptionalFloats("momentum", size);
    variables.push_back({common, momentum, momentum});
  }
  ThrowIfError(info.Env(), kName, SgdStep(variables, settings, PoolOf(info)));
  return info.Env().Undefined();
}

/// adamStep(entries: [size, variable, gradient, l2, shrink, mean, square][], stepSize, meanRate, beta2, squareRate,
/// epsilon, rootScale, clipNorm): void
Napi::Value CallAdamStep(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "adamStep";
  Arguments read(info, kName);
  const Napi::Array entries = read.List("entries");
  AdamSettings settings;
  settings.step_size = read.Float("stepSize");
  settings.mean_rate = read.Float("meanRate");
  settings.beta2 = read.Float("beta2");
  settings.square_rate = read.Float("squareRate");
  settings.epsilon = read.Float("epsilon");
  settings.root_scale = read.Float("rootScale");
  settings.clip_norm = read.Float("clipNorm");
  std::vector<AdamVariable> variables;
  for (uint32_t i = 0; i < entries.Length(); ++i) {
    Arguments entry(info, kName, entries.Get(i));
    int64_t size;
    const OptimizedVariable common = ReadVariable(entry, &size);
    float* mean = entry.Floats("mean", size);
    float* square = entry.Floats("square", size);
    variables.push_back({common, mean, square, mean, square});
  }
  ThrowIfError(info.Env(), kName, AdamStep(variables, settings, PoolOf(info)));
  return info.Env().Undefined();
}

const Register kSgdEntry({"optimizer_step", "sgdStep", CallSgdStep});
const Register kAdamEntry({"optimizer_step", "adamStep", CallAdamStep});

}  // namespace
}  // namespace winnow::addon
