#include "ops/masked_linear/masked_linear_cpu.h"

#include <algorithm>
#include <new>
#include <vector>

#include "core/sparse/spmm_plan.h"
#include "core/workspace_pool.h"
#include "ops/masked_linear/masked_linear.h"
#include "ops/sddmm/sddmm.h"

namespace winnow {
namespace {

constexpr IsaVariants<MaskedLinearKernels> kVariants = WINNOW_VARIANTS(kMaskedLinearKernels);

static_assert(sizeof(PlanEntry) == 2 * sizeof(float));

/// Numbers of four bytes in whole lines of a cache.
constexpr int64_t WholeLines(int64_t numbers) { return (numbers + 15) / 16 * 16; }

/// Cycles for looking at a weight in passing, and for writing an entry.
constexpr int64_t kWeightCost = 1;

/// Turns counts into where each begins; the last, one more, becomes their sum.
template <typename Number>
void AddUp(Number* counts, int64_t count) {
  Number sum = 0;
  for (int64_t i = 0; i <= count; ++i) {
    const Number own = i < count ? counts[i] : 0;
    counts[i] = sum;
    sum += own;
  }
}

/// Plans a product with a kernel's weights that are not 0: y = x · kernel, or dx = dy · kernelᵀ if `transposed`.
class KernelPlan {
 public:
  KernelPlan(const MaskedLinearKernels& kernels, const KernelMatrix& kernel, bool transposed)
      : kernels_(kernels),
        kernel_(kernel),
        transposed_(transposed),
        plan_(SpmmPlan::OfSize(transposed ? kernel.fan_in : kernel.units, transposed ? kernel.units : kernel.fan_in)) {}

  /// Calls use(plan) with the plan in borrowed memory. Throws std::bad_alloc.
  template <typename Use>
  Status With(ParallelFor& parallel_for, const Use& use) {
    const int64_t tiles = plan_.tiles();
    std::vector<int32_t> begins(tiles + 1);
    const int64_t cost = kWeightCost * kTileUnits * plan_.channels();
    parallel_for.Run(tiles, cost, [&](int64_t begin, int64_t end) {
      for (int64_t tile = begin; tile < end; ++tile) begins[tile] = CountTile(tile);
    });
    AddUp(begins.data(), tiles);
    plan_.SetCount(begins[tiles]);
    const int64_t starts = WholeLines(plan_.start_count());
    const WorkspacePool::Loan memory = WorkspacePool::Shared().Lend(starts + 2 * plan_.nnz());
    if (memory.data() == nullptr) return OutOfMemory();
    auto* const start = reinterpret_cast<int32_t*>(memory.data());
    auto* const entries = reinterpret_cast<PlanEntry*>(memory.data() + starts);
    plan_.Borrow(entries, start);
    parallel_for.Run(tiles, 2 * cost, [&](int64_t begin, int64_t end) {
      for (int64_t tile = begin; tile < end; ++tile) {
        int32_t* const own = start + tile * plan_.blocks() * (kTileUnits + 1);
        if (transposed_) {
          FillRows(tile, begins[tile], own, entries);
        } else {
          FillColumns(tile, begins[tile], own, entries);
        }
      }
    });
    return use(plan_);
  }

 private:
  int64_t Units(int64_t tile) const { return std::min<int64_t>(kTileUnits, plan_.units() - tile * kTileUnits); }

  /// The tile's columns, of the channels [channel, end).
  KernelPart Columns(int64_t tile, int64_t channel, int64_t end) const {
    return {kernel_.data + channel * kernel_.units + tile * kTileUnits, kernel_.units, end - channel, Units(tile)};
  }

  int32_t CountTile(int64_t tile) const {
    int64_t count = 0;
    if (transposed_) {
      // The tile's rows lie one after the other.
      count = kernels_.count_row(kernel_.data + tile * kTileUnits * kernel_.units, Units(tile) * kernel_.units);
    } else {
      int32_t counts[kTileUnits];
      kernels_.count_columns(Columns(tile, 0, kernel_.fan_in), counts);
      for (int64_t unit = 0; unit < Units(tile); ++unit) count += counts[unit];
    }
    return static_cast<int32_t>(count);
  }

  void FillColumns(int64_t tile, int32_t to, int32_t* starts, PlanEntry* entries) const {
    for (int64_t block = 0; block < plan_.blocks(); ++block, starts += kTileUnits + 1) {
      const int64_t channel = block * plan_.block_channels();
      const KernelPart part = Columns(tile, channel, std::min(channel + plan_.block_channels(), plan_.channels()));
      int32_t next[kTileUnits];
      kernels_.count_columns(part, starts);
      for (int64_t unit = 0; unit < part.columns; ++unit) {
        next[unit] = to;
        to += starts[unit];
        starts[unit] = next[unit];
      }
      std::fill(starts + part.columns, starts + kTileUnits + 1, to);
      kernels_.fill_columns(part, channel, next, entries);
    }
  }

  void FillRows(int64_t tile, int32_t to, int32_t* starts, PlanEntry* entries) const {
    for (int64_t block = 0; block < plan_.blocks(); ++block, starts += kTileUnits + 1) {
      const int64_t channel = block * plan_.block_channels();
      const int64_t count = std::min(plan_.block_channels(), plan_.channels() - channel);
      for (int64_t unit = 0; unit < Units(tile); ++unit) {
        const float* const from = kernel_.data + (tile * kTileUnits + unit) * kernel_.units + channel;
        starts[unit] = to;
        to += static_cast<int32_t>(kernels_.fill_row(from, count, channel, entries + to));
      }
      std::fill(starts + Units(tile), starts + kTileUnits + 1, to);
    }
  }

  const MaskedLinearKernels& kernels_;
  const KernelMatrix& kernel_;
  const bool transposed_;
  SpmmPlan plan_;
};

Status Multiply(const KernelMatrix& kernel, bool transposed, const SpmmArguments& arguments, ParallelFor& parallel_for,
                float* output, float* sums) try {
  WINNOW_RETURN_IF_ERROR(CheckMaskedLinear(arguments.tokens, kernel.fan_in, kernel.units));
  const MaskedLinearKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  if (arguments.tokens == 0) return {};
  return KernelPlan(*kernels, kernel, transposed).With(parallel_for, [&](const SpmmPlan& plan) {
    return Spmm(plan, arguments, parallel_for, {output, true}, sums);
  });
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

KeptRow RowOf(const KeptWeights& kept, int64_t row) {
  const int64_t first = row * kept.units;
  return {kept.mask == nullptr ? nullptr : kept.mask + first, kept.bools == nullptr ? nullptr : kept.bools + first,
          kept.origin == nullptr ? nullptr : kept.origin + first, kept.units};
}

}  // namespace

Status MaskedLinear(const KernelMatrix& kernel, const float* x, int64_t tokens, const float* bias,
                    Activation activation, ParallelFor& parallel_for, float* y, float* sums) {
  return Multiply(kernel, false, {{x, true}, tokens, bias, activation}, parallel_for, y, sums);
}

Status MaskedLinearInputGrad(const KernelMatrix& kernel, const float* dy, int64_t tokens, ParallelFor& parallel_for,
                             float* dx) {
  return Multiply(kernel, true, {{dy, true}, tokens, nullptr, Activation::kNone}, parallel_for, dx, nullptr);
}

Status MaskedLinearKernelGrad(const KeptWeights& kept, const float* x, const float* dy, int64_t tokens,
                              ParallelFor& parallel_for, float* dkernel) {
  const int64_t rows = kept.fan_in, units = kept.units;
  WINNOW_RETURN_IF_ERROR(CheckMaskedLinear(tokens, rows, units));
  const MaskedLinearKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  // One more than rows, and a column and a value for every weight that may be kept.
  const int64_t offsets = WholeLines(rows + 1);
  const WorkspacePool::Loan counted = WorkspacePool::Shared().Lend(offsets);
  if (counted.data() == nullptr) return OutOfMemory();
  auto* const offset = reinterpret_cast<int32_t*>(counted.data());
  parallel_for.Run(rows, kWeightCost * units, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      offset[row] = static_cast<int32_t>(kernels->count_kept(RowOf(kept, row)));
  });
  AddUp(offset, rows);
  const int64_t nnz = offset[rows];
  const WorkspacePool::Loan memory = WorkspacePool::Shared().Lend(WholeLines(nnz) + nnz);
  if (memory.data() == nullptr) return OutOfMemory();
  auto* const columns = reinterpret_cast<int32_t*>(memory.data());
  float* const values = memory.data() + WholeLines(nnz);
  parallel_for.Run(rows, 2 * kWeightCost * units, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) kernels->fill_kept(RowOf(kept, row), columns + offset[row]);
  });
  const CsrMatrix pattern = {rows, units, nnz, nullptr, columns, nullptr, offset};
  WINNOW_RETURN_IF_ERROR(Sddmm({pattern, {x, true}, {dy, true}, tokens}, parallel_for, values));
  parallel_for.Run(rows, kWeightCost * units, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      float* const to = dkernel + row * units;
      std::fill_n(to, units, 0.0f);
      for (int32_t i = offset[row]; i < offset[row + 1]; ++i) to[columns[i]] = values[i];
    }
  });
  return {};
}

}  // namespace winnow
