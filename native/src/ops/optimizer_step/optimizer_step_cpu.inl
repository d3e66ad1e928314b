// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd_loops.h"
#include "ops/optimizer_step/optimizer_step.h"
#include "ops/optimizer_step/optimizer_step_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

template <bool kMomentum, bool kNesterov>
void SgdElements(const SgdVariable& v, const SgdSettings& settings, float clip_factor, int64_t begin, int64_t end) {
  const F32 clip = Broadcast(clip_factor), l2 = Broadcast(v.common.l2), shrink = Broadcast(v.common.shrink);
  const F32 mu = Broadcast(settings.momentum), descent = Broadcast(-settings.learning_rate);
  ForVectors(begin, end, [&](auto at) WINNOW_INLINE_LAMBDA {
    const F32 w = at.Load(v.common.variable);
    const F32 g = MultiplyAdd(l2, w, at.Load(v.common.gradient) * clip);
    F32 move = g;
    if constexpr (kMomentum) {
      const F32 m = MultiplyAdd(mu, at.Load(v.momentum), g);
      at.Store(v.new_momentum, m);
      move = kNesterov ? MultiplyAdd(mu, m, g) : m;
    }
    at.Store(v.common.new_variable, MultiplyAdd(descent, move, w * shrink));
  });
}

void Sgd(const SgdVariable& variable, const SgdSettings& settings, float clip, int64_t begin, int64_t end) {
  if (variable.momentum == nullptr) {
    SgdElements<false, false>(variable, settings, clip, begin, end);
  } else if (settings.nesterov) {
    SgdElements<true, true>(variable, settings, clip, begin, end);
  } else {
    SgdElements<true, false>(variable, settings, clip, begin, end);
  }
}

void Adam(const AdamVariable& v, const AdamSettings& settings, float clip_factor, int64_t begin, int64_t end) {
  const F32 clip = Broadcast(clip_factor), l2 = Broadcast(v.common.l2), shrink = Broadcast(v.common.shrink);
  const F32 mean_rate = Broadcast(settings.mean_rate), beta2 = Broadcast(settings.beta2);
  const F32 square_rate = Broadcast(settings.square_rate), descent = Broadcast(-settings.step_size);
  const F32 root_scale = Broadcast(settings.root_scale), epsilon = Broadcast(settings.epsilon);
  ForVectors(begin, end, [&](auto at) WINNOW_INLINE_LAMBDA {
    const F32 w = at.Load(v.common.variable), old_mean = at.Load(v.mean);
    const F32 g = MultiplyAdd(l2, w, at.Load(v.common.gradient) * clip);
    const F32 mean = MultiplyAdd(mean_rate, g - old_mean, old_mean);
    const F32 square = MultiplyAdd(square_rate * g, g, beta2 * at.Load(v.square));
    at.Store(v.new_mean, mean);
    at.Store(v.new_square, square);
    const F32 root = MultiplyAdd(Sqrt(square), root_scale, epsilon);
    at.Store(v.common.new_variable, MultiplyAdd(descent, mean / root, w * shrink));
  });
}

double SumSquares(const float* values, int64_t count) {
  constexpr int kSums = 16, kHalf = kLanes / 2, kVectors = kSums / kHalf;
  F64 sums[kVectors] = {};
  const auto add = [&sums](const float* from) WINNOW_INLINE_LAMBDA {
    for (int v = 0; v < kVectors; ++v) {
      const F64 x = __builtin_convertvector(Load<F32Half>(from + v * kHalf), F64);
      sums[v] += x * x;
    }
  };
  int64_t i = 0;
  for (; i + kSums <= count; i += kSums) add(values + i);
  float rest[kSums] = {};
  if (i < count) memcpy(rest, values + i, static_cast<size_t>(count - i) * sizeof(float));
  add(rest);
  double parts[kSums], sum = 0;
  memcpy(parts, sums, sizeof(parts));
  for (double part : parts) sum += part;
  return sum;
}

}  // namespace

const OptimizerKernels kOptimizerKernels = {Sgd, Adam, SumSquares};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
