// Products of small matrices in registers, for kernel bodies; see core/simd.h for the rules.
#ifndef WINNOW_CORE_GEMM_GEMM_TILES_H_
#define WINNOW_CORE_GEMM_GEMM_TILES_H_

#include "core/gemm/gemm.h"
#include "core/simd.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// kRows x kVectors vectors of a product stay in registers over the whole inner index: for each of its values kVectors
/// loads, kRows broadcasts and kRows * kVectors multiply-adds. Each sum goes along the inner index from its start on,
/// so the shape of the tiles changes no bit.
template <int kRows, int kVectors, bool kIsTransposed>
WINNOW_INLINE void MultiplyTile(const float* left, int64_t left_stride, int64_t inner, const float* b, int64_t b_stride,
                                float* c, int64_t c_stride, bool add) {
  F32 sum[kRows][kVectors] = {};
  // One branch, and not one for every vector.
  if (add) {
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[r][v] = Load<F32>(c + r * c_stride + v * kLanes);
    }
  }
  for (int64_t k = 0; k < inner; ++k, left += kIsTransposed ? left_stride : 1, b += b_stride) {
    F32 right[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) right[v] = Load<F32>(b + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const F32 factor = Broadcast(left[kIsTransposed ? r : r * left_stride]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[r][v] = MultiplyAdd(factor, right[v], sum[r][v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) Store(c + r * c_stride + v * kLanes, sum[r][v]);
  }
}

template <int kRows, int kVectors, bool kIsTransposed>
static void MultiplyStrip(const float* left, int64_t left_stride, int64_t rows, int64_t inner, const float* b,
                          int64_t b_stride, float* c, int64_t c_stride, bool add) {
  int64_t row = 0;
  const auto advance = [&](int64_t by) __attribute__((always_inline)) {
    row += by;
    left += kIsTransposed ? by : by * left_stride;
    c += by * c_stride;
  };
  for (; row + kRows <= rows; advance(kRows)) {
    MultiplyTile<kRows, kVectors, kIsTransposed>(left, left_stride, inner, b, b_stride, c, c_stride, add);
  }
  if constexpr (kRows > 8) {
    for (; row + 8 <= rows; advance(8)) {
      MultiplyTile<8, kVectors, kIsTransposed>(left, left_stride, inner, b, b_stride, c, c_stride, add);
    }
  }
  for (; row + 4 <= rows; advance(4)) {
    MultiplyTile<4, kVectors, kIsTransposed>(left, left_stride, inner, b, b_stride, c, c_stride, add);
  }
  if (row + 2 <= rows) {
    MultiplyTile<2, kVectors, kIsTransposed>(left, left_stride, inner, b, b_stride, c, c_stride, add);
    advance(2);
  }
  for (; row < rows; advance(1)) {
    MultiplyTile<1, kVectors, kIsTransposed>(left, left_stride, inner, b, b_stride, c, c_stride, add);
  }
}

template <bool kIsTransposed>
static void MultiplyColumns(const float* left, int64_t left_stride, int64_t rows, int64_t inner, const float* b,
                            int64_t b_stride, int64_t columns, float* c, int64_t c_stride, bool add) {
  int64_t column = 0;
#if WINNOW_LANES == 16
  // 32 registers: 24 sums, four vectors of b, a broadcast.
  for (; column + 4 * kLanes <= columns; column += 4 * kLanes) {
    MultiplyStrip<6, 4, kIsTransposed>(left, left_stride, rows, inner, b + column, b_stride, c + column, c_stride, add);
  }
  // Rows that lie apart take an address each.
  constexpr int kOneRows = kIsTransposed ? 16 : 12;
  // Twelve rows save loads of b, but not where a rest of them is left.
  const auto two = rows % 12 == 0 ? MultiplyStrip<12, 2, kIsTransposed> : MultiplyStrip<8, 2, kIsTransposed>;
#else
  constexpr int kOneRows = 8;
  const auto two = MultiplyStrip<6, 2, kIsTransposed>;
#endif
  for (; column + 2 * kLanes <= columns; column += 2 * kLanes) {
    two(left, left_stride, rows, inner, b + column, b_stride, c + column, c_stride, add);
  }
  for (; column < columns; column += kLanes) {
    MultiplyStrip<kOneRows, 1, kIsTransposed>(left, left_stride, rows, inner, b + column, b_stride, c + column,
                                              c_stride, add);
  }
}

/// c (+)= a · b for a [rows, inner], b [inner, columns] and c [rows, columns]; columns is a multiple of the lanes.
static void MultiplyMatrices(const LeftFactor& a, int64_t rows, int64_t inner, const float* b, int64_t b_stride,
                             int64_t columns, float* c, int64_t c_stride, bool add) {
  const auto multiply = a.is_transposed ? MultiplyColumns<true> : MultiplyColumns<false>;
  multiply(a.data, a.stride, rows, inner, b, b_stride, columns, c, c_stride, add);
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_GEMM_GEMM_TILES_H_
