#ifndef WINNOW_OPS_BIAS_ACTIVATION_BIAS_ACTIVATION_CPU_H_
#define WINNOW_OPS_BIAS_ACTIVATION_BIAS_ACTIVATION_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// The kernel bodies; every instruction set has this table. `bias` is [width] or null, `kind` a BiasActivationKind.
struct BiasActivationKernels {
  void (*forward)(int kind, const float* x, const float* bias, int64_t rows, int64_t width, float* y);
  /// Adds the sums over the rows to `sums` [width], unless it is null.
  void (*backward)(int kind, const float* x, const float* bias, const float* dy, int64_t rows, int64_t width, float* dx,
                   float* sums);
  void (*add_rows)(const float* matrix, int64_t rows, int64_t width, float* sums);
};

WINNOW_DECLARE_VARIANTS(BiasActivationKernels, kBiasActivationKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_BIAS_ACTIVATION_BIAS_ACTIVATION_CPU_H_
