// Compiled once per instruction set, with the tests alone; see core/simd.h for the rules.
#include "core/simd_math.h"
#include "core/simd_math_test.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

template <F32 (*kFunction)(F32)>
void Map(const float* x, int64_t count, float* y) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) Store(y + i, kFunction(Load<F32>(x + i)));
  if (i < count) StorePart(y + i, kFunction(LoadPart(x + i, count - i)), count - i);
}

}  // namespace

const MathKernels kMathKernels = {Map<Exp>, Map<Log>, Map<Tanh>, Map<Erf>};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
