#ifndef WINNOW_OPS_TOPK_MASK_TOPK_MASK_H_
#define WINNOW_OPS_TOPK_MASK_TOPK_MASK_H_

#include <cstdint>

#include "core/matrix.h"
#include "core/parallel_for.h"

namespace winnow {

/// Magnitude pruning: which weights are kept when the `count` lowest are cut.
struct TopKMaskArguments {
  KernelMatrix kernel;
  Granularity granularity;
  /// How many are cut: weights in every column, or columns.
  int64_t count;
};

/// kInvalidArgument for a size or count out of range.
Status CheckTopKMask(const TopKMaskArguments& arguments);

/// Writes `mask`, [fan_in, units], one byte per weight: 1 = kept, 0 = cut. What ranks lowest, and how ties go, is
/// SelectLowest's contract. Fails with kInvalidArgument for a count out of range and for a NaN; the mask is then
/// unspecified. Equal on every instruction set and for every number of threads.
Status TopKMask(const TopKMaskArguments& arguments, ParallelFor& parallel_for, uint8_t* mask);

/// The same, scalar and slow: the tests compare with it.
Status TopKMaskReference(const TopKMaskArguments& arguments, uint8_t* mask);

}  // namespace winnow

#endif  // WINNOW_OPS_TOPK_MASK_TOPK_MASK_H_
