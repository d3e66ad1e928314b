#ifndef WINNOW_OPS_SOFTMAX_CROSS_ENTROPY_SOFTMAX_CROSS_ENTROPY_H_
#define WINNOW_OPS_SOFTMAX_CROSS_ENTROPY_SOFTMAX_CROSS_ENTROPY_H_

#include <cstdint>

#include "core/parallel_for.h"
#include "core/status.h"

namespace winnow {

struct CrossEntropyArguments {
  /// [rows, classes]
  const float* logits;
  /// [rows], in [0, classes) or, if `ignores`, equal to ignore_label.
  const int32_t* labels;
  int64_t rows;
  int64_t classes;
  /// In [0, 1].
  float label_smoothing;
  bool ignores;
  int32_t ignore_label;

  bool Ignored(int64_t row) const { return ignores && labels[row] == ignore_label; }
};

/// kInvalidArgument for sizes out of range, a smoothing out of range, and a label out of range, naming its index.
Status CheckSoftmaxCrossEntropy(const CrossEntropyArguments& arguments);

/// For every row x with label y and s = label_smoothing:
///   log_sums[row] = ln sum exp(x),   losses[row] = log_sums - (1 - s) x[y] - s mean(x)
/// and a loss of 0 for ignored rows. Sums are made in 16 lanes, blocks of 1,024 classes added in double; AVX2 and
/// AVX-512 give the same bits, for every number of threads. Fails for a label out of range, naming its index.
Status SoftmaxCrossEntropy(const CrossEntropyArguments& arguments, ParallelFor& parallel_for, float* losses,
                           float* log_sums);

/// dlogits[row] = dlosses[row] · (exp(x - log_sums[row]) - s / classes - (1 - s) [class = y]), zeros for ignored rows.
Status SoftmaxCrossEntropyGrad(const CrossEntropyArguments& arguments, const float* log_sums, const float* dlosses,
                               ParallelFor& parallel_for, float* dlogits);

/// The same, scalar, in double: the tests compare with it.
void SoftmaxCrossEntropyReference(const CrossEntropyArguments& arguments, float* losses, float* log_sums);
void SoftmaxCrossEntropyGradReference(const CrossEntropyArguments& arguments, const float* log_sums,
                                      const float* dlosses, float* dlogits);

}  // namespace winnow

#endif  // WINNOW_OPS_SOFTMAX_CROSS_ENTROPY_SOFTMAX_CROSS_ENTROPY_H_
