// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd_activations.h"
#include "core/simd_loops.h"
#include "ops/bias_activation/bias_activation.h"
#include "ops/bias_activation/bias_activation_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

using Kind = BiasActivationKind;

constexpr float kRootTwoOverPi = 0.797884561f;
constexpr float kRootHalf = 0.707106781f;
constexpr float kRootTwoPiInverse = 0.398942280f;
constexpr float kCubic = 0.044715f;

template <Kind kKind>
WINNOW_INLINE F32 Activate(F32 u) {
  if constexpr (kKind == Kind::kRelu) return Relu(u);
  if constexpr (kKind == Kind::kGelu) return Gelu(u);
  if constexpr (kKind == Kind::kGeluTanh) return GeluTanh(u);
  return u;
}

/// dy · activation'(u)
template <Kind kKind>
WINNOW_INLINE F32 Chain(F32 u, F32 dy) {
  const F32 one = Broadcast(1.0f), half = Broadcast(0.5f);
  if constexpr (kKind == Kind::kRelu) return Choose(u > Broadcast(0.0f), dy, Broadcast(0.0f));
  if constexpr (kKind == Kind::kGelu) {
    const F32 cumulative = half * (one + Erf(u * Broadcast(kRootHalf)));
    const F32 density = Broadcast(kRootTwoPiInverse) * Exp(u * u * Broadcast(-0.5f));
    return dy * MultiplyAdd(u, density, cumulative);
  }
  if constexpr (kKind == Kind::kGeluTanh) {
    const F32 t = Tanh(GeluTanhInner(u));
    const F32 slope = Broadcast(kRootTwoOverPi) * MultiplyAdd(Broadcast(3 * kCubic) * u, u, one);
    return dy * half * MultiplyAdd(u * (one - t * t), slope, one + t);
  }
  return dy;
}

template <Kind kKind>
void ForwardRows(const float* x, const float* bias, int64_t rows, int64_t width, float* y) {
  if (bias == nullptr) {
    ForVectors(0, rows * width, [&](auto at) WINNOW_INLINE_LAMBDA { at.Store(y, Activate<kKind>(at.Load(x))); });
    return;
  }
  for (int64_t row = 0; row < rows; ++row, x += width, y += width) {
    ForVectors(0, width,
               [&](auto at) WINNOW_INLINE_LAMBDA { at.Store(y, Activate<kKind>(at.Load(x) + at.Load(bias))); });
  }
}

template <Kind kKind>
void BackwardRows(const float* x, const float* bias, const float* dy, int64_t rows, int64_t width, float* dx,
                  float* sums) {
  if (bias == nullptr && sums == nullptr) {
    ForVectors(0, rows * width,
               [&](auto at) WINNOW_INLINE_LAMBDA { at.Store(dx, Chain<kKind>(at.Load(x), at.Load(dy))); });
    return;
  }
  for (int64_t row = 0; row < rows; ++row, x += width, dy += width, dx += width) {
    ForVectors(0, width, [&](auto at) WINNOW_INLINE_LAMBDA {
      const F32 u = bias == nullptr ? at.Load(x) : at.Load(x) + at.Load(bias);
      const F32 d = Chain<kKind>(u, at.Load(dy));
      at.Store(dx, d);
      if (sums != nullptr) at.Store(sums, at.Load(sums) + d);
    });
  }
}

void Forward(int kind, const float* x, const float* bias, int64_t rows, int64_t width, float* y) {
  switch (static_cast<Kind>(kind)) {
    case Kind::kNone:
      return ForwardRows<Kind::kNone>(x, bias, rows, width, y);
    case Kind::kRelu:
      return ForwardRows<Kind::kRelu>(x, bias, rows, width, y);
    case Kind::kGelu:
      return ForwardRows<Kind::kGelu>(x, bias, rows, width, y);
    case Kind::kGeluTanh:
      return ForwardRows<Kind::kGeluTanh>(x, bias, rows, width, y);
  }
}

void Backward(int kind, const float* x, const float* bias, const float* dy, int64_t rows, int64_t width, float* dx,
              float* sums) {
  switch (static_cast<Kind>(kind)) {
    case Kind::kNone:
      return;
    case Kind::kRelu:
      return BackwardRows<Kind::kRelu>(x, bias, dy, rows, width, dx, sums);
    case Kind::kGelu:
      return BackwardRows<Kind::kGelu>(x, bias, dy, rows, width, dx, sums);
    case Kind::kGeluTanh:
      return BackwardRows<Kind::kGeluTanh>(x, bias, dy, rows, width, dx, sums);
  }
}

void AddAll(const float* matrix, int64_t rows, int64_t width, float* sums) { AddRows(matrix, width, 0, rows, sums); }

}  // namespace

const BiasActivationKernels kBiasActivationKernels = {Forward, Backward, AddAll};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
