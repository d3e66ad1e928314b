#ifndef WINNOW_OPS_LAYER_NORM_LAYER_NORM_CPU_H_
#define WINNOW_OPS_LAYER_NORM_LAYER_NORM_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// A row's mean and 1 / deviation.
struct RowMoments {
  float mean;
  float inverse_deviation;
};

/// The kernel bodies for one row; every instruction set has this table.
struct LayerNormKernels {
  RowMoments (*forward)(const float* x, const float* scale, const float* offset, int64_t width, float epsilon,
                        float* y);
  /// Adds dy · z to dscale and dy to doffset.
  void (*backward)(const float* x, const float* dy, const float* scale, int64_t width, const RowMoments& moments,
                   float* dx, float* dscale, float* doffset);
};

WINNOW_DECLARE_VARIANTS(LayerNormKernels, kLayerNormKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_LAYER_NORM_LAYER_NORM_CPU_H_
