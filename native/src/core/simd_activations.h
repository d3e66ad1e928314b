// Activation functions of vectors for the kernel bodies; see core/simd.h for the rules.
#ifndef WINNOW_CORE_SIMD_ACTIVATIONS_H_
#define WINNOW_CORE_SIMD_ACTIVATIONS_H_

#include "core/simd_math.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// Passes NaN and -0.
WINNOW_INLINE F32 Relu(F32 x) { return Choose(x < Broadcast(0.0f), Broadcast(0.0f), x); }

/// x · Φ(x).
WINNOW_INLINE F32 Gelu(F32 x) { return Broadcast(0.5f) * x * (Broadcast(1.0f) + Erf(x * Broadcast(0.707106781f))); }

/// The argument of tanh in GELU's approximation: sqrt(2 / π) · (x + 0.044715 x³).
WINNOW_INLINE F32 GeluTanhInner(F32 x) {
  return Broadcast(0.797884561f) * x * MultiplyAdd(Broadcast(0.044715f) * x, x, Broadcast(1.0f));
}
WINNOW_INLINE F32 GeluTanh(F32 x) { return Broadcast(0.5f) * x * (Broadcast(1.0f) + Tanh(GeluTanhInner(x))); }

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_SIMD_ACTIVATIONS_H_
