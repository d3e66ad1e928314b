// Products of small packed matrices, for kernel bodies; see core/simd.h for the rules.
#ifndef WINNOW_OPS_ATTENTION_ATTENTION_TILES_H_
#define WINNOW_OPS_ATTENTION_ATTENTION_TILES_H_

#include "core/simd.h"
#include "core/sparse/panels.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// The left factor, [rows, inner], with any strides: a transposed one is read as it lies.
struct LeftFactor {
  const float* data;
  int64_t row_stride;
  int64_t inner_stride;
};

/// kRows x kVectors vectors of a product stay in registers over the whole inner index: for each of its values kVectors
/// loads, kRows broadcasts and kRows * kVectors multiply-adds.
template <int kRows, int kVectors>
WINNOW_INLINE void MultiplyTile(const LeftFactor& a, int64_t inner, const float* b, int64_t b_stride, float* c,
                                int64_t c_stride, bool add) {
  F32 sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[r][v] = add ? Load<F32>(c + r * c_stride + v * kLanes) : F32{};
  }
  const float* left = a.data;
  for (int64_t k = 0; k < inner; ++k, left += a.inner_stride, b += b_stride) {
    F32 right[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) right[v] = Load<F32>(b + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const F32 factor = Broadcast(left[r * a.row_stride]);
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

template <int kRows, int kVectors>
static void MultiplyStrip(LeftFactor a, int64_t rows, int64_t inner, const float* b, int64_t b_stride, float* c,
                          int64_t c_stride, bool add) {
  int64_t row = 0;
  const auto advance = [&](int64_t by) __attribute__((always_inline)) {
    row += by;
    a.data += by * a.row_stride;
    c += by * c_stride;
  };
  for (; row + kRows <= rows; advance(kRows)) {
    MultiplyTile<kRows, kVectors>(a, inner, b, b_stride, c, c_stride, add);
  }
  if (row + 4 <= rows) {
    MultiplyTile<4, kVectors>(a, inner, b, b_stride, c, c_stride, add);
    advance(4);
  }
  for (; row < rows; advance(1)) MultiplyTile<1, kVectors>(a, inner, b, b_stride, c, c_stride, add);
}

/// c (+)= a · b for a [rows, inner], b [inner, columns] and c [rows, columns]; columns is a multiple of the lanes.
static void MultiplyMatrices(const LeftFactor& a, int64_t rows, int64_t inner, const float* b, int64_t b_stride,
                             int64_t columns, float* c, int64_t c_stride, bool add) {
  int64_t column = 0;
#if WINNOW_LANES == 16
  // 32 registers: 24 sums, four vectors of b, a broadcast.
  for (; column + 4 * kLanes <= columns; column += 4 * kLanes) {
    MultiplyStrip<6, 4>(a, rows, inner, b + column, b_stride, c + column, c_stride, add);
  }
  constexpr int kRows = 8;
#else
  constexpr int kRows = 6;
#endif
  for (; column + 2 * kLanes <= columns; column += 2 * kLanes) {
    MultiplyStrip<kRows, 2>(a, rows, inner, b + column, b_stride, c + column, c_stride, add);
  }
  for (; column < columns; column += kLanes) {
    MultiplyStrip<8, 1>(a, rows, inner, b + column, b_stride, c + column, c_stride, add);
  }
}

/// Row `index` of a matrix: `kept[index]`, or itself where all are kept.
WINNOW_INLINE int64_t KeptRow(const int32_t* kept, int64_t index) { return kept == nullptr ? index : kept[index]; }

/// How many of the kept rows [begin, end) follow each other in memory from `begin` on.
static int64_t RunLength(const int32_t* kept, int64_t begin, int64_t end) {
  if (kept == nullptr) return end - begin;
  int64_t last = begin;
  while (last + 1 < end && kept[last + 1] == kept[last] + 1) ++last;
  return last + 1 - begin;
}

/// Writes the kept rows [begin, end) times `scale`, padded with zeros to `padded` columns.
static void PackRows(const float* from, int64_t stride, const int32_t* kept, int64_t begin, int64_t end,
                     int64_t columns, int64_t padded, float scale, float* to) {
  const int64_t whole = columns / kLanes * kLanes;
  for (int64_t i = begin; i < end; ++i, to += padded) {
    const float* row = from + KeptRow(kept, i) * stride;
    for (int64_t c = 0; c < whole; c += kLanes) Store(to + c, Load<F32>(row + c) * Broadcast(scale));
    for (int64_t c = whole; c < columns; ++c) to[c] = row[c] * scale;
    for (int64_t c = columns; c < padded; ++c) to[c] = 0;
  }
}

/// Writes the kept rows [begin, end) as columns: [columns, kWidth], those from end - begin to `width` 0.
template <int64_t kWidth>
static void PackColumns(const float* from, int64_t stride, const int32_t* kept, int64_t begin, int64_t end,
                        int64_t columns, int64_t width, float* to) {
  for (int64_t i = begin; i < end;) {
    const int64_t run = RunLength(kept, i, end);
    TransposeMatrix(from + KeptRow(kept, i) * stride, stride, run, columns, to + (i - begin), kWidth);
    i += run;
  }
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t i = end - begin; i < width; ++i) to[c * kWidth + i] = 0;
  }
}

/// Writes packed rows back, times `scale`.
static void UnpackRows(const float* from, int64_t padded, const int32_t* kept, int64_t begin, int64_t end,
                       int64_t columns, float scale, float* to, int64_t stride) {
  const int64_t whole = columns / kLanes * kLanes;
  for (int64_t i = begin; i < end; ++i, from += padded) {
    float* row = to + KeptRow(kept, i) * stride;
    for (int64_t c = 0; c < whole; c += kLanes) Store(row + c, Load<F32>(from + c) * Broadcast(scale));
    for (int64_t c = whole; c < columns; ++c) row[c] = from[c] * scale;
  }
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_OPS_ATTENTION_ATTENTION_TILES_H_
