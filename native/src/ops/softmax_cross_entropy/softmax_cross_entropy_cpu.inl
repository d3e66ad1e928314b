// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd_loops.h"
#include "ops/softmax_cross_entropy/softmax_cross_entropy_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

/// Two passes, since a row of 40,000 classes still lies in the level-2 cache for the second.
RowSummary Summarise(const float* row, int64_t classes, bool with_sum) {
  const F32 lowest = Broadcast(-__builtin_inff());
  // Four chains, as a maximum takes four cycles.
  F32 most[4] = {lowest, lowest, lowest, lowest};
  int64_t i = 0;
  for (; i + 4 * kLanes <= classes; i += 4 * kLanes) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) most[v] = Max(Load<F32>(row + i + v * kLanes), most[v]);
  }
  float max = -__builtin_inff();
  for (; i < classes; ++i) max = row[i] > max ? row[i] : max;
  const F32 all = Max(Max(most[0], most[1]), Max(most[2], most[3]));
  for (int lane = 0; lane < kLanes; ++lane) max = all[lane] > max ? all[lane] : max;

  const F32 shift = Broadcast(max);
  RowSummary summary = {max, 0, 0};
  if (with_sum) {
    double totals[2];
    RowSums(classes, totals, [&](auto at, F32* sums) WINNOW_INLINE_LAMBDA {
      const F32 x = at.Load(row);
      sums[0] += at.Inside(Exp(x - shift));
      sums[1] += x;
    });
    summary.sum_exp = totals[0];
    summary.sum = totals[1];
  } else {
    double totals[1];
    RowSums(classes, totals,
            [&](auto at, F32* sums) WINNOW_INLINE_LAMBDA { sums[0] += at.Inside(Exp(at.Load(row) - shift)); });
    summary.sum_exp = totals[0];
  }
  return summary;
}

void Gradient(const float* row, int64_t classes, float log_sum, float scale, float subtracted, float* y) {
  const F32 shift = Broadcast(log_sum), factor = Broadcast(scale), smoothing = Broadcast(subtracted);
  ForVectors(0, classes,
             [&](auto at) WINNOW_INLINE_LAMBDA { at.Store(y, factor * (Exp(at.Load(row) - shift) - smoothing)); });
}

}  // namespace

const CrossEntropyKernels kCrossEntropyKernels = {Summarise, Gradient};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
