// Tokens side by side: a panel holds 64 tokens of a dense matrix as [channel][64], so that a weight of a sparse matrix
// meets contiguous vectors of tokens and nothing is gathered. For kernel bodies; see core/simd.h for the rules.
#ifndef WINNOW_CORE_SPARSE_PANELS_H_
#define WINNOW_CORE_SPARSE_PANELS_H_

#include "core/simd.h"
#include "core/sparse/panel.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

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

/// Lanes of a and b in turn, from their lower (upper) halves.
#if WINNOW_LANES == 16
#define WINNOW_ZIP_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define WINNOW_ZIP_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif WINNOW_LANES == 8
#define WINNOW_ZIP_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define WINNOW_ZIP_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define WINNOW_ZIP_LOW 0, 4, 1, 5
#define WINNOW_ZIP_HIGH 2, 6, 3, 7
#endif

/// The lanes of a and b that follow, b's counted after a's.
#if defined(__clang__) || __GNUC__ >= 12
#define WINNOW_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define WINNOW_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (I32){__VA_ARGS__})
#endif

/// Transposes a square of vectors in place: log2(lanes) perfect shuffles.
WINNOW_INLINE void Transpose(F32 (&square)[kLanes]) {
#pragma GCC unroll 4
  for (int stage = 1; stage < kLanes; stage *= 2) {
    F32 next[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = WINNOW_SHUFFLE(square[i], square[i + kLanes / 2], WINNOW_ZIP_LOW);
      next[2 * i + 1] = WINNOW_SHUFFLE(square[i], square[i + kLanes / 2], WINNOW_ZIP_HIGH);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) square[i] = next[i];
  }
}

/// `rows` x `columns` from a matrix with rows of `from_stride` to its transposed one with rows of `to_stride`.
static void TransposeMatrix(const float* from, int64_t from_stride, int64_t rows, int64_t columns, float* to,
                            int64_t to_stride) {
  const int64_t whole_rows = rows / kLanes * kLanes, whole_columns = columns / kLanes * kLanes;
  for (int64_t row = 0; row < whole_rows; row += kLanes) {
    for (int64_t column = 0; column < whole_columns; column += kLanes) {
      F32 square[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) square[i] = Load<F32>(from + (row + i) * from_stride + column);
      Transpose(square);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) Store(to + (column + i) * to_stride + row, square[i]);
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
static void PackPanel(const PanelSource& source, float* panel) {
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
