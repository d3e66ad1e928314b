// Kept rows of matrices, packed and unpacked, for kernel bodies; see core/simd.h for the rules.
#ifndef WINNOW_OPS_ATTENTION_ATTENTION_PACKING_H_
#define WINNOW_OPS_ATTENTION_ATTENTION_PACKING_H_

#include "core/simd.h"
#include "core/sparse/panels.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

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

#endif  // WINNOW_OPS_ATTENTION_ATTENTION_PACKING_H_
