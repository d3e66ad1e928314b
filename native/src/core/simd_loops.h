// Loops over rows of floats for the kernel bodies; see core/simd.h for the rules. The end of a row goes through the
// same code as its middle, and sums have a fixed order, so that AVX2 and AVX-512 give the same bits.
#ifndef WINNOW_CORE_SIMD_LOOPS_H_
#define WINNOW_CORE_SIMD_LOOPS_H_

#include "core/simd_math.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// A place in a row where a whole vector fits.
struct WholeVector {
  int64_t i;
  WINNOW_INLINE_METHOD F32 Load(const float* row) const { return WINNOW_ISA_NAMESPACE::Load<F32>(row + i); }
  WINNOW_INLINE_METHOD void Store(float* row, F32 v) const { WINNOW_ISA_NAMESPACE::Store(row + i, v); }
  /// The lanes that are in the row, zero for the others.
  WINNOW_INLINE_METHOD F32 Inside(F32 v) const { return v; }
};

/// The end of a row: `count` lanes.
struct PartVector {
  int64_t i;
  int64_t count;
  WINNOW_INLINE_METHOD F32 Load(const float* row) const { return LoadPart(row + i, count); }
  WINNOW_INLINE_METHOD void Store(float* row, F32 v) const { StorePart(row + i, v, count); }
  WINNOW_INLINE_METHOD F32 Inside(F32 v) const { return (F32)((U32)v & (U32)LanesBelow(count)); }
};

/// Calls body(at) for places that cover [begin, end).
template <typename Body>
WINNOW_INLINE void ForVectors(int64_t begin, int64_t end, const Body& body) {
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) body(WholeVector{i});
  if (i < end) body(PartVector{i, end - i});
}

/// Sums over [0, count): add(at, sums) adds a vector to each of the kSums. Element i goes to lane i % 16; blocks of
/// 1,024 elements are added up in double.
template <int kSums, typename Add>
WINNOW_INLINE void RowSums(int64_t count, double (&totals)[kSums], const Add& add) {
  constexpr int64_t kWidth = 16, kBlock = 1024;
  constexpr int kVectors = kWidth / kLanes;
  for (double& total : totals) total = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = begin + kBlock < count ? begin + kBlock : count;
    F32 sums[kVectors][kSums] = {};
    int64_t i = begin;
    for (; i + kWidth <= end; i += kWidth) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) add(WholeVector{i + v * kLanes}, sums[v]);
    }
    for (int v = 0; v < kVectors && i < end; ++v, i += kLanes) {
      if (i + kLanes <= end) {
        add(WholeVector{i}, sums[v]);
      } else {
        add(PartVector{i, end - i}, sums[v]);
      }
    }
    for (int s = 0; s < kSums; ++s) {
      float lanes[kWidth];
      for (int v = 0; v < kVectors; ++v) Store(lanes + v * kLanes, sums[v][s]);
      for (int half = kWidth / 2; half > 0; half /= 2) {
        for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
      }
      totals[s] += lanes[0];
    }
  }
}

/// Adds rows [begin, end) of a matrix [rows, columns] to `sums` [columns], four rows at a time.
WINNOW_INLINE void AddRows(const float* matrix, int64_t columns, int64_t begin, int64_t end, float* sums) {
  int64_t row = begin;
  for (; row + 4 <= end; row += 4) {
    const float* from = matrix + row * columns;
    ForVectors(0, columns, [&](auto at) WINNOW_INLINE_LAMBDA {
      const F32 first = at.Load(from) + at.Load(from + columns);
      const F32 second = at.Load(from + 2 * columns) + at.Load(from + 3 * columns);
      at.Store(sums, at.Load(sums) + (first + second));
    });
  }
  for (; row < end; ++row) {
    const float* from = matrix + row * columns;
    ForVectors(0, columns, [&](auto at) WINNOW_INLINE_LAMBDA { at.Store(sums, at.Load(sums) + at.Load(from)); });
  }
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_CORE_SIMD_LOOPS_H_
