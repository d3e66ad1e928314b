// exp, log, tanh and erf of float vectors for the kernel bodies; see core/simd.h for the rules. Errors against libm in
// double precision, over all floats (tests check every 241st), in units in the last place of the result:
//   Log: 1   Exp: 1.1   Tanh, Erf: 1.5   with denormal arguments and results, infinities and NaN as libm has them.
// AVX2 and AVX-512 give the same bits (fused multiply-adds); the baseline rounds products and differs within the bound.
// Denormals need a ScopedIeeeFloats around the kernel. The polynomials are minimax fits made for this file.
#ifndef WINNOW_CORE_SIMD_MATH_H_
#define WINNOW_CORE_SIMD_MATH_H_

#include "core/simd.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// yes where the comparison's result is set (all ones), else no.
WINNOW_INLINE F32 Choose(I32 mask, F32 yes, F32 no) { return mask ? yes : no; }
WINNOW_INLINE F32 Abs(F32 x) { return (F32)((U32)x & 0x7fffffffu); }
/// The larger; b if either is NaN.
WINNOW_INLINE F32 Max(F32 a, F32 b) { return a > b ? a : b; }
WINNOW_INLINE F32 Min(F32 a, F32 b) { return a < b ? a : b; }
/// The magnitude of x with the sign of `sign`.
WINNOW_INLINE F32 CopySign(F32 x, F32 sign) { return (F32)(((U32)x & 0x7fffffffu) | ((U32)sign & 0x80000000u)); }

WINNOW_INLINE F32 Sqrt(F32 x) {
#if WINNOW_LANES == 16 && defined(__AVX512F__)
  return (F32)_mm512_sqrt_ps((__m512)x);
#elif WINNOW_LANES == 8 && defined(__AVX2__)
  return (F32)_mm256_sqrt_ps((__m256)x);
#elif WINNOW_LANES == 4 && defined(__SSE2__)
  return (F32)_mm_sqrt_ps((__m128)x);
#else
  for (int i = 0; i < kLanes; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

/// c[0] + c[1] · x + …
template <int kCount>
WINNOW_INLINE F32 Polynomial(F32 x, const float (&c)[kCount]) {
  F32 sum = Broadcast(c[kCount - 1]);
#pragma GCC unroll 16
  for (int i = kCount - 2; i >= 0; --i) sum = MultiplyAdd(sum, x, Broadcast(c[i]));
  return sum;
}

constexpr float kLn2High = 0.693359375f;  // 9 bits, so that a product with an exponent is exact
constexpr float kLn2Low = -2.12194440e-4f;

/// e^x. 0 below -103.98, infinity above 88.73, NaN for NaN.
WINNOW_INLINE F32 Exp(F32 x) {
  constexpr float kP[] = {0.49999994f, 0.1666652f, 0.041668408f, 0.0083688991f, 0.0013814217f};
  // A comparison with NaN is false: NaN stays.
  x = x < Broadcast(-105.0f) ? Broadcast(-105.0f) : x;
  x = x > Broadcast(89.0f) ? Broadcast(89.0f) : x;
  // Adding 1.5 · 2^23 rounds to an integer, which then is in the lowest bits.
  const F32 shifted = MultiplyAdd(x, Broadcast(1.44269504f), Broadcast(12582912.0f));
  const F32 n = shifted - Broadcast(12582912.0f);
  F32 r = MultiplyAdd(n, Broadcast(-kLn2High), x);
  r = MultiplyAdd(n, Broadcast(-kLn2Low), r);
  const F32 p = MultiplyAdd(r * r, Polynomial(r, kP), r) + Broadcast(1.0f);
  // 2^n in two factors: n reaches beyond what one float's exponent holds, and only the last product may round.
  const I32 power = (I32)shifted - 0x4b400000;
  const I32 half = power >> 1;
  return p * (F32)((half + 127) << 23) * (F32)((power - half + 127) << 23);
}

/// ln x. -infinity for 0 and -0, NaN below and for NaN.
WINNOW_INLINE F32 Log(F32 x) {
  constexpr float kP[] = {0.33333215f, -0.24999797f, 0.20010421f, -0.16680503f,
                          0.14005606f, -0.12184019f, 0.13985847f, -0.12892854f};
  const I32 denormal = x < Broadcast(1.17549435e-38f);
  const F32 scaled = Choose(denormal, x * Broadcast(8388608.0f), x);
  // x = m · 2^e with m in [2/3, 4/3). Unsigned, since the bits of a negative x would overflow.
  const I32 exponent = (I32)((U32)scaled - Broadcast(uint32_t{0x3f2aaaab})) >> 23;
  const F32 f = (F32)((U32)scaled - ((U32)exponent << 23)) - Broadcast(1.0f);
  const F32 e = __builtin_convertvector(exponent, F32) - Choose(denormal, Broadcast(23.0f), Broadcast(0.0f));
  const F32 square = f * f;
  F32 tail = Polynomial(f, kP) * f * square;
  tail = MultiplyAdd(e, Broadcast(kLn2Low), tail);
  tail = MultiplyAdd(square, Broadcast(-0.5f), tail);
  F32 y = MultiplyAdd(e, Broadcast(kLn2High), f + tail);
  const F32 infinity = Broadcast(__builtin_inff());
  // x < infinity is false for NaN as well, which then passes.
  y = Choose(x < infinity, y, x);
  y = Choose(x == Broadcast(0.0f), -infinity, y);
  return Choose(x < Broadcast(0.0f), Broadcast(__builtin_nanf("")), y);
}

WINNOW_INLINE F32 Tanh(F32 x) {
  constexpr float kP[] = {-0.33333331f, 0.13333195f, -0.053945377f, 0.021692604f, -0.0081562717f, 0.0021227386f};
  const F32 t = Abs(x);
  const F32 square = x * x;
  const F32 small = MultiplyAdd(x * square, Polynomial(square, kP), x);
  // 10: where the result has long been 1. NaN stays NaN, since the comparison with it is false.
  const F32 e = Exp(Choose(t > Broadcast(10.0f), Broadcast(20.0f), t + t));
  const F32 large = Broadcast(1.0f) - Broadcast(2.0f) / (e + Broadcast(1.0f));
  return CopySign(Choose(t < Broadcast(0.625f), small, large), x);
}

WINNOW_INLINE F32 Erf(F32 x) {
  // erf(x) / x - 1 in x², up to 0.92; beyond, -ln(1 - erf(t)) / t - 1 in t.
  constexpr float kSmall[] = {0.12837917f,   -0.37612635f,    0.11283691f,   -0.02685912f,
                              0.0052002603f, -0.00081332132f, 8.3274797e-05f};
  constexpr float kLarge[] = {0.12855175f,   0.63562524f,     0.10526271f,     -0.022674154f,
                              0.0029301674f, -4.9590363e-05f, -4.5580466e-05f, 4.9381547e-06f};
  const F32 t = Abs(x);
  const F32 small = MultiplyAdd(x, Polynomial(x * x, kSmall), x);
  // 4: where the result has long been 1. NaN stays NaN.
  const F32 u = Choose(t > Broadcast(4.0f), Broadcast(4.0f), t);
  const F32 large = Broadcast(1.0f) - Exp(-MultiplyAdd(u, Polynomial(u, kLarge), u));
  return CopySign(Choose(t < Broadcast(0.92f), small, large), x);
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_SIMD_MATH_H_
