#ifndef WINNOW_OPS_TARGETED_DROPOUT_TARGETED_DROPOUT_ALL_H_
#define WINNOW_OPS_TARGETED_DROPOUT_TARGETED_DROPOUT_ALL_H_

#include <vector>

#include "ops/targeted_dropout/targeted_dropout.h"

namespace winnow {

/// One kernel of a network.
struct TargetedDropoutItem {
  TargetedDropoutArguments arguments;
  TargetedDropoutOutputs outputs;
};

/// TargetedDropout of all kernels of a network in one call, equal bit for bit to a call for each. A failure is that of
/// the first kernel that fails, whose index `failed` (not null) then holds.
Status TargetedDropoutAll(const std::vector<TargetedDropoutItem>& items, ParallelFor& parallel_for, int64_t* failed);

/// The gradients of all, one after the other.
struct TargetedDropoutGradItem {
  TargetedDropoutGradArguments arguments;
  float* dx;
};

Status TargetedDropoutGradAll(const std::vector<TargetedDropoutGradItem>& items, ParallelFor& parallel_for);

}  // namespace winnow

#endif  // WINNOW_OPS_TARGETED_DROPOUT_TARGETED_DROPOUT_ALL_H_
