#ifndef WINNOW_CORE_SIMD_MATH_TEST_H_
#define WINNOW_CORE_SIMD_MATH_TEST_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// The functions of core/simd_math.h over `count` floats, so that a test can call each instruction set's.
struct MathKernels {
  void (*exp)(const float* x, int64_t count, float* y);
  void (*log)(const float* x, int64_t count, float* y);
  void (*tanh)(const float* x, int64_t count, float* y);
  void (*erf)(const float* x, int64_t count, float* y);
};

WINNOW_DECLARE_VARIANTS(MathKernels, kMathKernels)

}  // namespace winnow

#endif  // WINNOW_CORE_SIMD_MATH_TEST_H_
