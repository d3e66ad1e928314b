// Activations of vectors for the kernel bodies; see core/simd.h for the rules.
#ifndef WINNOW_PLAN_ACTIVATION_SIMD_H_
#define WINNOW_PLAN_ACTIVATION_SIMD_H_

#include "core/simd_activations.h"
#include "plan/activation.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

WINNOW_INLINE F32 Sigmoid(F32 x) { return Broadcast(1.0f) / (Broadcast(1.0f) + Exp(-x)); }

/// ln(1 + e^x), without an overflow for large x.
WINNOW_INLINE F32 Softplus(F32 x) {
  const F32 zero = {};
  return Choose(x < zero, zero, x) + Log(Broadcast(1.0f) + Exp(-Abs(x)));
}

/// Comparisons with NaN are false, and so it passes all of these.
WINNOW_INLINE F32 Activated(plan::Activation kind, float parameter, F32 x) {
  using plan::Activation;
  const F32 zero = {}, one = Broadcast(1.0f), alpha = Broadcast(parameter);
  switch (kind) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return Relu(x);
    case Activation::kCappedRelu: {
      const F32 y = Relu(x);
      return Choose(y > alpha, alpha, y);
    }
    case Activation::kLeakyRelu:
      return Choose(x < zero, x * alpha, x);
    case Activation::kElu:
      return Choose(x < zero, alpha * (Exp(x) - one), x);
    case Activation::kSelu:
      return Broadcast(plan::kSeluScale) * Choose(x < zero, Broadcast(plan::kSeluAlpha) * (Exp(x) - one), x);
    case Activation::kSigmoid:
      return Sigmoid(x);
    case Activation::kHardSigmoid: {
      const F32 y = Relu(MultiplyAdd(Broadcast(0.2f), x, Broadcast(0.5f)));
      return Choose(y > one, one, y);
    }
    case Activation::kTanh:
      return Tanh(x);
    case Activation::kSoftplus:
      return Softplus(x);
    case Activation::kSoftsign:
      return x / (one + Abs(x));
    case Activation::kGelu:
      return Gelu(x);
    case Activation::kGeluTanh:
      return GeluTanh(x);
    case Activation::kSwish:
      return x * Sigmoid(x);
    case Activation::kMish:
      return x * Tanh(Softplus(x));
    case Activation::kThresholdedRelu:
      return Choose(x <= alpha, zero, x);
  }
  return x;
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_PLAN_ACTIVATION_SIMD_H_
