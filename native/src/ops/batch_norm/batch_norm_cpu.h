#ifndef WINNOW_OPS_BATCH_NORM_BATCH_NORM_CPU_H_
#define WINNOW_OPS_BATCH_NORM_BATCH_NORM_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// Some rows of the forward pass; null what there is none of.
struct BatchNormRows {
  int64_t rows;
  int64_t channels;
  const float* x;
  const float* mean;
  const float* factor;
  const float* offset;
  const float* skip;
  bool relu;
};

/// Some rows of the backward pass.
struct BatchNormGradRows {
  BatchNormRows forward;
  const float* y;
  const float* dy;
  const float* added;
  /// [channels], of the second pass.
  const float* mean_g;
  const float* slope;
};

/// The kernel bodies; every instruction set has this table.
struct BatchNormKernels {
  /// Of a block of rows: each channel's mean and sum of squared deviations from it, [channels] each.
  void (*statistics)(const float* x, int64_t rows, int64_t channels, float* means, float* deviations);
  void (*normalise)(const BatchNormRows& rows, float* y);
  /// Of a block: the sums of g and of g · (x − mean), [channels] each, g being dy after the mask.
  void (*gradient_sums)(const BatchNormGradRows& rows, float* sums, float* products);
  void (*gradient)(const BatchNormGradRows& rows, float* dx, float* dskip);
};

WINNOW_DECLARE_VARIANTS(BatchNormKernels, kBatchNormKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_BATCH_NORM_BATCH_NORM_CPU_H_
