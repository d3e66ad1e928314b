#include "core/selection/selection_cpu.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <new>
#include <numeric>

#include "core/float_environment.h"
#include "core/selection/selection.h"

namespace winnow {
namespace {

constexpr IsaVariants<SelectionKernels> kVariants = WINNOW_VARIANTS(kSelectionKernels);

ColumnBlock BlockAt(const KernelMatrix& kernel, int64_t block) {
  const int64_t column = block * kBlockColumns;
  const int columns = static_cast<int>(std::min<int64_t>(kBlockColumns, kernel.units - column));
  return {kernel.data + column, kernel.fan_in, kernel.units, columns};
}

int64_t BlockCount(const KernelMatrix& kernel) { return (kernel.units + kBlockColumns - 1) / kBlockColumns; }

/// The row of the `wanted`-th (from 1) key equal to `key` in a packed column.
int32_t RowOfTie(const uint32_t* column, uint32_t key, uint32_t wanted) {
  int32_t row = -1;
  while (wanted > 0) wanted -= column[static_cast<int64_t>(++row) * kBlockColumns] == key;
  return row;
}

/// What went wrong in a parallel body; the bodies cannot return it.
struct Failures {
  std::atomic<bool> nan{false};
  std::atomic<bool> memory{false};

  Status ToStatus(const KernelMatrix& kernel) const {
    if (memory) return OutOfMemory();
    return nan ? NanError(kernel) : Status();
  }
};

/// Writes bound and tie_row of one block's columns; returns whether a column's ties are split.
bool SelectInBlock(const SelectionKernels& kernels, const ColumnBlock& block, const uint32_t* keys, int64_t count,
                   uint32_t* bound, int32_t* tie_row) {
  std::fill_n(tie_row, block.columns, -1);
  if (count == 0 || count == block.fan_in) {
    std::fill_n(bound, block.columns, count == 0 ? 0u : kAboveAllKeys);
    return false;
  }
  uint32_t last[kBlockColumns], smaller[kBlockColumns], equal[kBlockColumns];
  kernels.select_keys(keys, block.fan_in, count - 1, last, smaller, equal);
  bool split = false;
  for (int i = 0; i < block.columns; ++i) {
    const uint32_t wanted = static_cast<uint32_t>(count) - smaller[i];
    if (wanted == equal[i]) {
      bound[i] = last[i] + 1;
    } else {
      bound[i] = last[i];
      tie_row[i] = RowOfTie(keys + i, last[i], wanted);
      split = true;
    }
  }
  return split;
}

Status SelectWeights(const SelectionKernels& kernels, const KernelMatrix& kernel, int64_t count,
                     ParallelFor& parallel_for, Selection* selection) {
  Failures failures;
  std::atomic<bool> has_ties{false};
  // 31 passes of about one cycle a row and vector, and reading the block.
  const int64_t cost = kernel.fan_in * 64;
  parallel_for.Run(BlockCount(kernel), cost, [&](int64_t begin, int64_t end) {
    std::unique_ptr<uint32_t[]> keys(new (std::nothrow) uint32_t[kernel.fan_in * kBlockColumns]);
    if (!keys) {
      failures.memory = true;
      return;
    }
    for (int64_t b = begin; b < end; ++b) {
      const ColumnBlock block = BlockAt(kernel, b);
      if (kernels.pack_keys(block, keys.get())) {
        failures.nan = true;
        return;
      }
      const int64_t column = b * kBlockColumns;
      if (SelectInBlock(kernels, block, keys.get(), count, &selection->bound[column], &selection->tie_row[column])) {
        has_ties = true;
      }
    }
  });
  selection->has_ties = has_ties;
  return failures.ToStatus(kernel);
}

Status SelectUnits(const SelectionKernels& kernels, const KernelMatrix& kernel, int64_t count,
                   ParallelFor& parallel_for, Selection* selection) {
  Failures failures;
  std::vector<double> scores(kernel.units);
  parallel_for.Run(BlockCount(kernel), kernel.fan_in * 8, [&](int64_t begin, int64_t end) {
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

}  // namespace

Status SelectLowest(const KernelMatrix& kernel, Granularity granularity, int64_t count, ParallelFor& parallel_for,
                    Selection* selection) try {
  WINNOW_RETURN_IF_ERROR(CheckSelection(kernel, granularity, count));
  const SelectionKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  selection->bound.assign(kernel.units, 0);
  selection->tie_row.assign(kernel.units, -1);
  selection->has_ties = false;
  if (granularity == Granularity::kWeight) return SelectWeights(*kernels, kernel, count, parallel_for, selection);
  return SelectUnits(*kernels, kernel, count, parallel_for, selection);
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
