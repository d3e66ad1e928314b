// Rows of scaled products to weights, for kernel bodies; see core/simd.h for the rules.
#ifndef WINNOW_OPS_ATTENTION_ATTENTION_SOFTMAX_H_
#define WINNOW_OPS_ATTENTION_ATTENTION_SOFTMAX_H_

#include "core/simd.h"
#include "core/simd_math.h"
#include "core/sparse/panels.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// e^x, and 0 instead of what multiplies slowly: results below 1e-38. NaN passes.
WINNOW_INLINE F32 ExpOfNegative(F32 x) { return Choose(x < Broadcast(-87.0f), F32{}, Exp(x)); }

/// `fill` from lane `count` on.
WINNOW_INLINE F32 KeepFirst(F32 value, int64_t count, F32 fill) {
  I32 lane = {};
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) lane[i] = i;
  return lane < (I32{} + static_cast<int32_t>(count)) ? value : fill;
}

WINNOW_INLINE float LargestLane(F32 v) {
#if WINNOW_LANES == 16
  v = Max(v, WINNOW_SHUFFLE(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  v = Max(v, WINNOW_SHUFFLE(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
#elif WINNOW_LANES == 8
  v = Max(v, WINNOW_SHUFFLE(v, v, 4, 5, 6, 7, 0, 1, 2, 3));
#endif
  const float a = v[0] > v[1] ? v[0] : v[1], b = v[2] > v[3] ? v[2] : v[3];
  return a > b ? a : b;
}

WINNOW_INLINE float SumOfLanes(F32 v) {
#if WINNOW_LANES == 16
  v = v + WINNOW_SHUFFLE(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  v = v + WINNOW_SHUFFLE(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
#elif WINNOW_LANES == 8
  v = v + WINNOW_SHUFFLE(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
#endif
  return (v[0] + v[1]) + (v[2] + v[3]);
}

/// The largest of the first `count` >= 1 numbers of a row.
static float LargestOfRow(const float* row, int64_t count) {
  F32 most = Broadcast(-__builtin_inff());
  int64_t j = 0;
  for (; j + kLanes <= count; j += kLanes) most = Max(most, Load<F32>(row + j));
  if (j < count) most = Max(most, KeepFirst(Load<F32>(row + j), count - j, Broadcast(-__builtin_inff())));
  return LargestLane(most);
}

/// Replaces the first `count` numbers of a row by e^(x - shift), those from there to `width` by 0. Returns their sum.
static float ExpOfRow(float* row, int64_t count, int64_t width, float shift) {
  F32 sum = {};
  int64_t j = 0;
  for (; j + kLanes <= count; j += kLanes) {
    const F32 weight = ExpOfNegative(Load<F32>(row + j) - Broadcast(shift));
    sum = sum + weight;
    Store(row + j, weight);
  }
  if (j < count) {
    const F32 weight = KeepFirst(ExpOfNegative(Load<F32>(row + j) - Broadcast(shift)), count - j, F32{});
    sum = sum + weight;
    Store(row + j, weight);
    j += kLanes;
  }
  for (; j < width; j += kLanes) Store(row + j, F32{});
  return SumOfLanes(sum);
}

WINNOW_INLINE float ScalarExp(float x) { return ExpOfNegative(Broadcast(x))[0]; }

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_OPS_ATTENTION_ATTENTION_SOFTMAX_H_
