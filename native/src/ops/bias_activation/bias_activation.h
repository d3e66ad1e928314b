#ifndef WINNOW_OPS_BIAS_ACTIVATION_BIAS_ACTIVATION_H_
#define WINNOW_OPS_BIAS_ACTIVATION_BIAS_ACTIVATION_H_

#include <cstdint>

#include "core/parallel_for.h"
#include "core/status.h"

namespace winnow {

/// What is applied to x + bias. GELU is u · Φ(u); kGeluTanh is its approximation
/// u / 2 · (1 + tanh(sqrt(2 / π) · (u + 0.044715 u³))).
enum class BiasActivationKind { kNone = 0, kRelu = 1, kGelu = 2, kGeluTanh = 3 };

struct BiasActivationArguments {
  /// [rows, width]
  const float* x;
  /// [width]; null: none.
  const float* bias;
  int64_t rows;
  int64_t width;
  BiasActivationKind kind;
};

/// kInvalidArgument for negative sizes, and for more values than can be counted.
Status CheckBiasActivation(const BiasActivationArguments& arguments);

/// y = activation(x + bias). ReLU passes NaN. y may be x.
Status BiasActivation(const BiasActivationArguments& arguments, ParallelFor& parallel_for, float* y);

/// dx = dy · activation'(x + bias) and dbias [width] = the sum of dx over the rows (null: not made). For kRelu `x` may
/// be the output instead, with no bias: both have the same sign. For kNone dx may be null. dx may be dy.
///
/// The sums over rows go by chunks of a size that depends on the number of rows alone. AVX2 and AVX-512 give the same
/// bits, for every number of threads.
Status BiasActivationGrad(const BiasActivationArguments& arguments, const float* dy, ParallelFor& parallel_for,
                          float* dx, float* dbias);

/// The same, scalar, in double: the tests compare with it.
void BiasActivationReference(const BiasActivationArguments& arguments, float* y);
void BiasActivationGradReference(const BiasActivationArguments& arguments, const float* dy, float* dx, float* dbias);

}  // namespace winnow

#endif  // WINNOW_OPS_BIAS_ACTIVATION_BIAS_ACTIVATION_H_
