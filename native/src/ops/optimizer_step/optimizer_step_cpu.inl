// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd_math.h"
#include "ops/optimizer_step/optimizer_step.h"
#include "ops/optimizer_step/optimizer_step_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

/// Calls body(load, store, i) for vectors that cover [begin, end); load and store touch no element outside it.
template <typename Body>
WINNOW_INLINE void ForVectors(int64_t begin, int64_t end, const Body& body) {
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) {
    body(
        [i](const float* from) __attribute__((always_inline)) { return Load<F32>(from + i); },
        [i](float* to, F32 v) __attribute__((always_inline)) { Store(to + i, v); });
  }
  if (i == end) return;
  const int64_t rest = end - i;
  body(
      [ i, rest ](const float* from) __attribute__((always_inline)) { return LoadPart(from + i, rest); },
      [ i, rest ](float* to, F32 v) __attribute__((always_inline)) { StorePart(to + i, v, rest); });
}

template <bool kMomentum, bool kNesterov>
void SgdElements(const SgdVariable& v, const SgdSettings& settings, float clip_factor, int64_t begin, int64_t end) {
  const F32 clip = Broadcast(clip_factor), l2 = Broadcast(v.common.l2), shrink = Broadcast(v.common.shrink);
  const F32 mu = Broadcast(settings.momentum), descent = Broadcast(-settings.learning_rate);
  ForVectors(
      begin, end, [&](auto load, auto store) __attribute__((always_inline)) {
        const F32 w = load(v.common.variable);
        const F32 g = MultiplyAdd(l2, w, load(v.common.gradient) * clip);
        F32 move = g;
        if constexpr (kMomentum) {
          const F32 m = MultiplyAdd(mu, load(v.momentum), g);
          store(v.new_momentum, m);
          move = kNesterov ? MultiplyAdd(mu, m, g) : m;
        }
        store(v.common.new_variable, MultiplyAdd(descent, move, w * shrink));
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
  ForVectors(
      begin, end, [&](auto load, auto store) __attribute__((always_inline)) {
        const F32 w = load(v.common.variable), old_mean = load(v.mean);
        const F32 g = MultiplyAdd(l2, w, load(v.common.gradient) * clip);
        const F32 mean = MultiplyAdd(mean_rate, g - old_mean, old_mean);
        const F32 square = MultiplyAdd(square_rate * g, g, beta2 * load(v.square));
        store(v.new_mean, mean);
        store(v.new_square, square);
        const F32 root = MultiplyAdd(Sqrt(square), root_scale, epsilon);
        store(v.common.new_variable, MultiplyAdd(descent, mean / root, w * shrink));
      });
}

double SumSquares(const float* values, int64_t count) {
  constexpr int kSums = 16, kHalf = kLanes / 2, kVectors = kSums / kHalf;
  F64 sums[kVectors] = {};
  const auto add = [&sums](const float* from) __attribute__((always_inline)) {
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
