// The inner loop of sparse convolutions, for kernel bodies; see core/simd.h for the rules.
#ifndef WINNOW_OPS_CONV2D_SPARSE_SUMS_H_
#define WINNOW_OPS_CONV2D_SPARSE_SUMS_H_

#include "core/simd.h"
#include "core/sparse/plan_entry.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

/// Adds the products of the weights [entry, end) to the sums of kRows × kPlaces places of sixteen floats each, `sum` in
/// their order: a weight is one broadcast and a multiply-add for each vector. Places lie `step` floats apart from
/// `from` on, rows of them `row_step`.
template <int kRows, int kPlaces>
WINNOW_INLINE void AddWeights(const PlanEntry* entry, const PlanEntry* end, const float* from, int64_t row_step,
                              int64_t step, F32* sum) {
  constexpr int kParts = 16 / kLanes;
  for (; entry < end; ++entry) {
    const float* const first = from + entry->offset;
    const F32 weight = Broadcast(entry->value);
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 16
      for (int place = 0; place < kPlaces; ++place) {
#pragma GCC unroll 4
        for (int part = 0; part < kParts; ++part) {
          F32* const to = sum + (row * kPlaces + place) * kParts + part;
          *to = MultiplyAdd(weight, Load<F32>(first + row * row_step + place * step + part * kLanes), *to);
        }
      }
    }
  }
}

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_SPARSE_SUMS_H_
