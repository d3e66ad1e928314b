#include "core/selection/selection_cpu.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>

#include "core/float_environment.h"
#include "core/group.h"
#include "core/selection/column_blocks.h"
#include "core/selection/select_weights.h"
#include "core/selection/selection.h"

namespace winnow {
namespace {

constexpr IsaVariants<SelectionKernels> kVariants = WINNOW_VARIANTS(kSelectionKernels);

Status SelectUnits(const SelectionKernels& kernels, const KernelMatrix& kernel, int64_t count,
                   ParallelFor& parallel_for, Selection* selection) {
  Failures failures;
  std::vector<double> scores(kernel.units);
  parallel_for.Run(BlockCount(kernel.units), kernel.fan_in * 8, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    for (int64_t b = begin; b < end; ++b) {
      const ColumnBlock block = BlockAt(kernel, b);
      double sums[kBlockColumns];
      kernels.sum_squares(block, sums);
      for (int i = 0; i < block.columns; ++i) {
        if (std::isnan(sums[i])) failures.nan = true;
        scores[b * kBlockColumns + i] = sums[i];
      }
    }
  });
  WINNOW_RETURN_IF_ERROR(failures.ToStatus(kernel));
  std::vector<int32_t> order(kernel.units);
  std::iota(order.begin(), order.end(), 0);
  // A denormal's square is an ordinary double, so this comparison is right in any float environment.
  const auto lower = [&](int32_t a, int32_t b) { return scores[a] < scores[b] || (scores[a] == scores[b] && a < b); };
  std::nth_element(order.begin(), order.begin() + count, order.end(), lower);
  for (int64_t i = 0; i < count; ++i) selection->bound[order[i]] = kAboveAllKeys;
  return {};
}

/// Appends 64 values to one per column, as if the columns began again.
void AppendPeriod(std::vector<uint32_t>* columns) {
  const size_t units = columns->size();
  columns->resize(units + kGroup);
  // For fewer than 64 columns this reads what it wrote.
  for (size_t i = 0; units > 0 && i < kGroup; ++i) (*columns)[units + i] = (*columns)[i];
}

}  // namespace

Status SelectLowest(const KernelMatrix& kernel, Granularity granularity, int64_t count, ParallelFor& parallel_for,
                    Selection* selection, const int32_t* start) try {
  WINNOW_RETURN_IF_ERROR(CheckSelection(kernel, granularity, count));
  const SelectionKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  selection->bound.assign(kernel.units, 0);
  selection->tie_row.assign(kernel.units, -1);
  selection->has_ties = false;
  if (granularity == Granularity::kWeight) {
    WINNOW_RETURN_IF_ERROR(SelectWeights(*kernels, kernel, count, start, parallel_for, selection));
  } else {
    WINNOW_RETURN_IF_ERROR(SelectUnits(*kernels, kernel, count, parallel_for, selection));
  }
  AppendPeriod(&selection->bound);
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
