#ifndef WINNOW_OPS_MASKED_LINEAR_MASKED_LINEAR_H_
#define WINNOW_OPS_MASKED_LINEAR_MASKED_LINEAR_H_

#include <cstdint>

#include "core/matrix.h"
#include "core/parallel_for.h"
#include "core/status.h"
#include "ops/spmm/spmm.h"

namespace winnow {

/// Which weights of a kernel [fan_in, units] get a gradient: where `mask` (or `bools`, one of them is null) is not 0,
/// and where `origin` is 0, unless it is null. Each is [fan_in, units].
struct KeptWeights {
  int64_t fan_in;
  int64_t units;
  const float* mask;
  const uint8_t* bools;
  const float* origin;
};

/// kInvalidArgument unless the sizes are in their ranges: fan_in and units in [0, 2^26], their product below 2^31.
Status CheckMaskedLinear(int64_t tokens, int64_t fan_in, int64_t units);

/// The layer y = activation(x · kernel + bias) for a dense kernel of which many weights are 0, by the kernel's other
/// weights alone. They are ordered anew in every call, in memory of the WorkspacePool.
///
/// x [tokens, fan_in]; bias [units], null for none; y [tokens, units], and sums, unless it is null, what GELU is
/// applied to. None may overlap another. Sums and bits as Spmm's, so that a weight of 0 meets nothing, not even a NaN.
/// Fails as CheckMaskedLinear, and with kOutOfMemory.
Status MaskedLinear(const KernelMatrix& kernel, const float* x, int64_t tokens, const float* bias,
                    Activation activation, ParallelFor& parallel_for, float* y, float* sums);

/// dx = dy · kernelᵀ, [tokens, fan_in], for dy [tokens, units]; the same sums.
Status MaskedLinearInputGrad(const KernelMatrix& kernel, const float* dy, int64_t tokens, ParallelFor& parallel_for,
                             float* dx);

/// dkernel = xᵀ · dy at the kept weights and 0 at the others, [fan_in, units]. Sums and bits as Sddmm's.
Status MaskedLinearKernelGrad(const KeptWeights& kept, const float* x, const float* dy, int64_t tokens,
                              ParallelFor& parallel_for, float* dkernel);

/// The same, scalar and slow: the tests compare with them.
Status MaskedLinearReference(const KernelMatrix& kernel, const float* x, int64_t tokens, const float* bias,
                             Activation activation, float* y);
Status MaskedLinearInputGradReference(const KernelMatrix& kernel, const float* dy, int64_t tokens, float* dx);
Status MaskedLinearKernelGradReference(const KeptWeights& kept, const float* x, const float* dy, int64_t tokens,
                                       float* dkernel);

}  // namespace winnow

#endif  // WINNOW_OPS_MASKED_LINEAR_MASKED_LINEAR_H_
