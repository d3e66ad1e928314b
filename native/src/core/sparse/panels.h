// Tokens side by side: a panel holds 64 tokens of a dense matrix as [channel][64], so that a weight of a sparse matrix
// meets contiguous vectors of tokens and nothing is gathered. For kernel bodies; see core/simd.h for the rules.
#ifndef WINNOW_CORE_SPARSE_PANELS_H_
#define WINNOW_CORE_SPARSE_PANELS_H_

#include "core/simd.h"
#include "core/sparse/panel.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// The lanes of a and b that follow, b's counted after a's.
#if defined(__clang__) || __GNUC__ >= 12
#define WINNOW_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define WINNOW_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (I32){__VA_ARGS__})
#endif

/// In each 128-bit part: the lower (upper) two lanes of a and b in turn. Then: every second 128-bit part of a, then of
/// b, from the first (second) on. None overwrites its operands, which spares registers that a full permutation would
/// need.
#if WINNOW_LANES == 16
#define WINNOW_LOW_PAIRS 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#define WINNOW_HIGH_PAIRS 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#define WINNOW_EVEN_PARTS 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27
#define WINNOW_ODD_PARTS 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31
#elif WINNOW_LANES == 8
#define WINNOW_LOW_PAIRS 0, 8, 1, 9, 4, 12, 5, 13
#define WINNOW_HIGH_PAIRS 2, 10, 3, 11, 6, 14, 7, 15
#define WINNOW_EVEN_PARTS 0, 1, 2, 3, 8, 9, 10, 11
#define WINNOW_ODD_PARTS 4, 5, 6, 7, 12, 13, 14, 15
#else
#define WINNOW_LOW_PAIRS 0, 4, 1, 5
#define WINNOW_HIGH_PAIRS 2, 6, 3, 7
#endif

/// Transposes the 4 x 4 squares of four rows: part p of row j becomes column 4p + j of the four.
WINNOW_INLINE void TransposeParts(F32* rows) {
  const F32 low01 = WINNOW_SHUFFLE(rows[0], rows[1], WINNOW_LOW_PAIRS);
  const F32 high01 = WINNOW_SHUFFLE(rows[0], rows[1], WINNOW_HIGH_PAIRS);
  const F32 low23 = WINNOW_SHUFFLE(rows[2], rows[3], WINNOW_LOW_PAIRS);
  const F32 high23 = WINNOW_SHUFFLE(rows[2], rows[3], WINNOW_HIGH_PAIRS);
  rows[0] = (F32)InterleaveLow((U64)low01, (U64)low23);
  rows[1] = (F32)InterleaveHigh((U64)low01, (U64)low23);
  rows[2] = (F32)InterleaveLow((U64)high01, (U64)high23);
  rows[3] = (F32)InterleaveHigh((U64)high01, (U64)high23);
}

/// Transposes a square of vectors in place.
WINNOW_INLINE void Transpose(F32 (&square)[kLanes]) {
#pragma GCC unroll 4
  for (int i = 0; i < kLanes; i += 4) TransposeParts(square + i);
#if WINNOW_LANES == 16
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const F32 even0 = WINNOW_SHUFFLE(square[j], square[4 + j], WINNOW_EVEN_PARTS);
    const F32 odd0 = WINNOW_SHUFFLE(square[j], square[4 + j], WINNOW_ODD_PARTS);
    const F32 even1 = WINNOW_SHUFFLE(square[8 + j], square[12 + j], WINNOW_EVEN_PARTS);
    const F32 odd1 = WINNOW_SHUFFLE(square[8 + j], square[12 + j], WINNOW_ODD_PARTS);
    square[j] = WINNOW_SHUFFLE(even0, even1, WINNOW_EVEN_PARTS);
    square[4 + j] = WINNOW_SHUFFLE(odd0, odd1, WINNOW_EVEN_PARTS);
    square[8 + j] = WINNOW_SHUFFLE(even0, even1, WINNOW_ODD_PARTS);
    square[12 + j] = WINNOW_SHUFFLE(odd0, odd1, WINNOW_ODD_PARTS);
  }
#elif WINNOW_LANES == 8
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const F32 even = WINNOW_SHUFFLE(square[j], square[4 + j], WINNOW_EVEN_PARTS);
    square[4 + j] = WINNOW_SHUFFLE(square[j], square[4 + j], WINNOW_ODD_PARTS);
    square[j] = even;
  }
#endif
}

WINNOW_INLINE void TransposeSquare(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  F32 square[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) square[i] = Load<F32>(from + i * from_stride);
  Transpose(square);
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) Store(to + i * to_stride, square[i]);
}

/// `rows` x `columns` from a matrix with rows of `from_stride` to its transposed one with rows of `to_stride`. Goes
/// along the longer strides outside: whole lines of a few rows are moved one after the other.
static void TransposeMatrix(const float* from, int64_t from_stride, int64_t rows, int64_t columns, float* to,
                            int64_t to_stride) {
  const int64_t whole_rows = rows / kLanes * kLanes, whole_columns = columns / kLanes * kLanes;
  if (from_stride > to_stride) {
    for (int64_t row = 0; row < whole_rows; row += kLanes) {
      for (int64_t column = 0; column < whole_columns; column += kLanes) {
        TransposeSquare(from + row * from_stride + column, from_stride, to + column * to_stride + row, to_stride);
      }
    }
  } else {
    for (int64_t column = 0; column < whole_columns; column += kLanes) {
      for (int64_t row = 0; row < whole_rows; row += kLanes) {
        TransposeSquare(from + row * from_stride + column, from_stride, to + column * to_stride + row, to_stride);
      }
    }
  }
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = row < whole_rows ? whole_columns : 0; column < columns; ++column) {
      to[column * to_stride + row] = from[row * from_stride + column];
    }
  }
}

/// Writes the panel of `source.tokens` tokens, [channels][kPanelTokens]; the tokens beyond them, up to the panel's
/// width, become 0.
[[maybe_unused]] static void PackPanel(const PanelSource& source, float* panel) {
  const int64_t tokens = source.tokens, width = PanelWidth(tokens);
  if (tokens < width) {
    for (int64_t channel = 0; channel < source.channels; ++channel) {
      memset(panel + channel * kPanelTokens + tokens, 0, (width - tokens) * sizeof(float));
    }
  }
  if (source.tokens_outer) {
    TransposeMatrix(source.data, source.stride, tokens, source.channels, panel, kPanelTokens);
    return;
  }
  for (int64_t channel = 0; channel < source.channels; ++channel) {
    memcpy(panel + channel * kPanelTokens, source.data + channel * source.stride, tokens * sizeof(float));
  }
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_SPARSE_PANELS_H_
