#ifndef WINNOW_OPS_SPMM_SPMM_H_
#define WINNOW_OPS_SPMM_SPMM_H_

#include <cstdint>

#include "core/parallel_for.h"
#include "core/sparse/csr.h"
#include "core/sparse/spmm_plan.h"
#include "core/sparse/token_matrix.h"
#include "core/status.h"

namespace winnow {

/// The numbers are those of the N-API calls. kRelu passes NaN and -0; kGelu is x · Φ(x) = x/2 · (1 + erf(x / √2)).
enum class Activation { kNone = 0, kRelu = 1, kGelu = 2 };

struct SpmmArguments {
  /// The channels are those of the sparse matrix [units, channels].
  TokenMatrix input;
  int64_t tokens;
  /// [units], added to every token; null for none.
  const float* bias;
  Activation activation;
};

/// kInvalidArgument for sizes out of range. The matrix itself is checked where its plan is made.
Status CheckSpmm(const SpmmPlan& sparse, const SpmmArguments& arguments);

/// Writes output[token, unit] = activation(bias[unit] + sum over c of sparse[unit, c] · input[token, c]), [tokens,
/// units] or [units, tokens] as the output says; it must not overlap an input.
///
/// The sum begins with the bias (else 0) and takes the entries by rising channel, one fused multiply-add each
/// (baseline: a product and a sum, each rounded): equal bit for bit on AVX2 and AVX-512, for every number of threads
/// and tokens. Entries that are not stored are not multiplied, so an Inf or NaN in the input meets only stored weights
/// (zeros in a stored block are stored).
/// GELU's error function differs from libm's by 1.5 units in the last place at most.
///
/// With kGelu `sums`, of the output's form, receives what GELU is applied to, unless it is null: its gradient needs
/// that. Fails with kInvalidArgument for more than 2^31-1 tokens and with kOutOfMemory.
Status Spmm(const SpmmPlan& sparse, const SpmmArguments& arguments, ParallelFor& parallel_for, TokenOutput output,
            float* sums = nullptr);

/// The same in one call, `sparse` being a CsrMatrix, NmMatrix or BlockMatrix [units, channels], or [channels, units] if
/// `transposed`. Fails as MakeSpmmPlan, too.
template <typename Matrix>
Status Spmm(const Matrix& sparse, bool transposed, const SpmmArguments& arguments, ParallelFor& parallel_for,
            TokenOutput output, float* sums = nullptr) {
  SpmmPlan plan;
  WINNOW_RETURN_IF_ERROR(MakeSpmmPlan(sparse, transposed, parallel_for, &plan));
  return Spmm(plan, arguments, parallel_for, output, sums);
}

/// The same, scalar and slow: the tests compare with it.
Status SpmmReference(const CsrMatrix& sparse, bool transposed, const SpmmArguments& arguments, TokenOutput output);

}  // namespace winnow

#endif  // WINNOW_OPS_SPMM_SPMM_H_
