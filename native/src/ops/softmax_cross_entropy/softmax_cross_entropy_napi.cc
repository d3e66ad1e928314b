#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/softmax_cross_entropy/softmax_cross_entropy.h"

namespace winnow::addon {
namespace {

CrossEntropyArguments Read(Arguments& read) {
  CrossEntropyArguments arguments;
  arguments.rows = read.Integer("rows", 0, kMaxAxis);
  arguments.classes = read.Integer("classes", 1, kMaxAxis);
  arguments.logits = read.Floats("logits", arguments.rows * arguments.classes);
  arguments.labels = read.IntegersOrNone("labels", arguments.rows);
  if (arguments.labels == nullptr) arguments.rows = 0;
  arguments.label_smoothing = read.Float("labelSmoothing");
  arguments.ignores = read.Boolean("ignores");
  arguments.ignore_label = static_cast<int32_t>(read.Integer("ignoreLabel", INT32_MIN, INT32_MAX));
  return arguments;
}

/// softmaxCrossEntropy(rows, classes, logits, labels: Int32Array [rows], labelSmoothing, ignores, ignoreLabel, losses:
/// Float32Array [rows], logSums: Float32Array [rows]): void
Napi::Value CallForward(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "softmaxCrossEntropy";
  Arguments read(info, kName);
  const CrossEntropyArguments arguments = Read(read);
  float* losses = read.Floats("losses", arguments.rows);
  float* log_sums = read.Floats("logSums", arguments.rows);
  ThrowIfError(info.Env(), kName, SoftmaxCrossEntropy(arguments, PoolOf(info), losses, log_sums));
  return info.Env().Undefined();
}

/// softmaxCrossEntropyGrad(… as above …, logSums, dLosses: Float32Array [rows], dLogits: Float32Array [rows · classes])
Napi::Value CallGradient(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "softmaxCrossEntropyGrad";
  Arguments read(info, kName);
  const CrossEntropyArguments arguments = Read(read);
  const float* log_sums = read.Floats("logSums", arguments.rows);
  const float* dlosses = read.Floats("dLosses", arguments.rows);
  float* dlogits = read.Floats("dLogits", arguments.rows * arguments.classes);
  ThrowIfError(info.Env(), kName, SoftmaxCrossEntropyGrad(arguments, log_sums, dlosses, PoolOf(info), dlogits));
  return info.Env().Undefined();
}

const Register kForward({"softmax_cross_entropy", "softmaxCrossEntropy", CallForward});
const Register kGradient({"softmax_cross_entropy", "softmaxCrossEntropyGrad", CallGradient});

}  // namespace
}  // namespace winnow::addon
