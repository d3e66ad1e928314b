// Vectors of 32-bit lanes for the kernel bodies (`.inl`), which are compiled once per instruction set with
// WINNOW_ISA_NAMESPACE and WINNOW_LANES given. Everything has internal linkage: a function compiled with wide flags
// must never be the one the linker keeps for baseline code. For the same reason a kernel body includes no C++ library
// header with templates or inline functions.
//
// Lanes are compared as signed numbers; all that is compared (bits of |w|, bounds) is below 2^31.
#ifndef WINNOW_CORE_SIMD_H_
#define WINNOW_CORE_SIMD_H_

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define WINNOW_INLINE static inline __attribute__((always_inline))
#define WINNOW_INLINE_METHOD inline __attribute__((always_inline))
/// Before the body of a lambda.
#define WINNOW_INLINE_LAMBDA __attribute__((always_inline))

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

constexpr int kLanes = WINNOW_LANES;
typedef uint32_t U32 __attribute__((vector_size(4 * WINNOW_LANES)));
typedef int32_t I32 __attribute__((vector_size(4 * WINNOW_LANES)));
typedef uint64_t U64 __attribute__((vector_size(4 * WINNOW_LANES)));
typedef float F32 __attribute__((vector_size(4 * WINNOW_LANES)));
typedef uint8_t U8 __attribute__((vector_size(WINNOW_LANES)));
/// Half as many lanes, for widening to double.
typedef float F32Half __attribute__((vector_size(2 * WINNOW_LANES)));
typedef double F64 __attribute__((vector_size(4 * WINNOW_LANES)));

/// Any address, any alignment.
template <typename Vector>
WINNOW_INLINE Vector Load(const void* from) {
  Vector v;
  memcpy(&v, from, sizeof(v));
  return v;
}
template <typename Vector>
WINNOW_INLINE void Store(void* to, Vector v) {
  memcpy(to, &v, sizeof(v));
}
WINNOW_INLINE U32 Broadcast(uint32_t x) { return U32{} + x; }
WINNOW_INLINE F32 Broadcast(float x) { return F32{} + x; }

#if WINNOW_LANES == 16 && defined(__AVX512F__)

typedef __mmask16 Mask;
WINNOW_INLINE Mask Less(U32 a, U32 b) { return _mm512_cmplt_epi32_mask((__m512i)a, (__m512i)b); }
WINNOW_INLINE Mask Equal(U32 a, U32 b) { return _mm512_cmpeq_epi32_mask((__m512i)a, (__m512i)b); }
WINNOW_INLINE Mask And(Mask a, Mask b) { return a & b; }
WINNOW_INLINE Mask AndNot(Mask a, Mask b) { return a & ~b; }
/// counts + 1 where the mask is set.
WINNOW_INLINE U32 CountIf(U32 counts, Mask m) {
  return (U32)_mm512_mask_add_epi32((__m512i)counts, m, (__m512i)counts, _mm512_set1_epi32(1));
}
WINNOW_INLINE U32 Select(Mask m, U32 yes, U32 no) { return (U32)_mm512_mask_mov_epi32((__m512i)no, m, (__m512i)yes); }
WINNOW_INLINE U32 ZeroIf(Mask m, U32 v) { return (U32)_mm512_maskz_mov_epi32(static_cast<Mask>(~m), (__m512i)v); }
/// Bit i is lane i.
WINNOW_INLINE uint32_t Bits(Mask m) { return m; }
WINNOW_INLINE Mask FromBits(uint32_t bits) { return static_cast<Mask>(bits); }

#else

typedef I32 Mask;
WINNOW_INLINE Mask Less(U32 a, U32 b) { return (I32)a < (I32)b; }
WINNOW_INLINE Mask Equal(U32 a, U32 b) { return (I32)a == (I32)b; }
WINNOW_INLINE Mask And(Mask a, Mask b) { return a & b; }
WINNOW_INLINE Mask AndNot(Mask a, Mask b) { return a & ~b; }
WINNOW_INLINE U32 CountIf(U32 counts, Mask m) { return counts - (U32)m; }
WINNOW_INLINE U32 Select(Mask m, U32 yes, U32 no) { return (yes & (U32)m) | (no & ~(U32)m); }
WINNOW_INLINE U32 ZeroIf(Mask m, U32 v) { return v & ~(U32)m; }
WINNOW_INLINE uint32_t Bits(Mask m) {
#if WINNOW_LANES == 8 && defined(__AVX2__)
  return static_cast<uint32_t>(_mm256_movemask_ps((__m256)m));
#elif WINNOW_LANES == 4 && defined(__SSE2__)
  return static_cast<uint32_t>(_mm_movemask_ps((__m128)m));
#else
  uint32_t bits = 0;
  for (int i = 0; i < kLanes; ++i) bits |= (m[i] & 1u) << i;
  return bits;
#endif
}
WINNOW_INLINE Mask FromBits(uint32_t bits) {
  U32 lane = {};
  for (int i = 0; i < kLanes; ++i) lane[i] = 1u << i;
  return (I32)(Broadcast(bits) & lane) == (I32)lane;
}

#endif

/// The product of the low halves of each 64-bit lane.
WINNOW_INLINE U64 MultiplyLowHalves(U64 a, U64 b) {
#if WINNOW_LANES == 16 && defined(__AVX512F__)
  return (U64)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif WINNOW_LANES == 8 && defined(__AVX2__)
  return (U64)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif WINNOW_LANES == 4 && defined(__SSE2__)
  return (U64)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
#endif
}

/// a ^ b ^ c.
WINNOW_INLINE U64 Xor(U64 a, U64 b, uint64_t c) {
#if WINNOW_LANES == 16 && defined(__AVX512F__)
  return (U64)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, _mm512_set1_epi64(static_cast<long long>(c)), 0x96);
#else
  return a ^ b ^ c;
#endif
}

/// In each 128-bit part: the low (high) 64-bit lane of a, then that of b.
WINNOW_INLINE U64 InterleaveLow(U64 a, U64 b) {
#if WINNOW_LANES == 16 && defined(__AVX512F__)
  return (U64)_mm512_unpacklo_epi64((__m512i)a, (__m512i)b);
#elif WINNOW_LANES == 8 && defined(__AVX2__)
  return (U64)_mm256_unpacklo_epi64((__m256i)a, (__m256i)b);
#else
  return U64{a[0], b[0]};
#endif
}
WINNOW_INLINE U64 InterleaveHigh(U64 a, U64 b) {
#if WINNOW_LANES == 16 && defined(__AVX512F__)
  return (U64)_mm512_unpackhi_epi64((__m512i)a, (__m512i)b);
#elif WINNOW_LANES == 8 && defined(__AVX2__)
  return (U64)_mm256_unpackhi_epi64((__m256i)a, (__m256i)b);
#else
  return U64{a[1], b[1]};
#endif
}

/// a · b + c: one rounding where the instruction set has it.
WINNOW_INLINE F32 MultiplyAdd(F32 a, F32 b, F32 c) {
#if WINNOW_LANES == 16 && defined(__AVX512F__)
  return (F32)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif WINNOW_LANES == 8 && defined(__FMA__)
  return (F32)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}

/// All ones in the first `count` lanes.
WINNOW_INLINE I32 LanesBelow(int64_t count) {
  I32 lanes = {};
  for (int i = 0; i < kLanes; ++i) lanes[i] = i;
  return lanes < (I32{} + static_cast<int32_t>(count));
}

/// The first `count` floats at `from`, fewer than a vector, and zeros behind them.
WINNOW_INLINE F32 LoadPart(const float* from, int64_t count) {
#if WINNOW_LANES == 16 && defined(__AVX512F__)
  return (F32)_mm512_maskz_loadu_ps(static_cast<Mask>((1u << count) - 1), from);
#elif WINNOW_LANES == 8 && defined(__AVX2__)
  return (F32)_mm256_maskload_ps(from, (__m256i)LanesBelow(count));
#else
  F32 v = {};
  for (int i = 0; i < kLanes; ++i) v[i] = i < count ? from[i] : 0.0f;
  return v;
#endif
}
WINNOW_INLINE void StorePart(float* to, F32 v, int64_t count) {
#if WINNOW_LANES == 16 && defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, static_cast<Mask>((1u << count) - 1), (__m512)v);
#elif WINNOW_LANES == 8 && defined(__AVX2__)
  _mm256_maskstore_ps(to, (__m256i)LanesBelow(count), (__m256)v);
#else
  for (int i = 0; i < kLanes; ++i) {
    if (i < count) to[i] = v[i];
  }
#endif
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_SIMD_H_
