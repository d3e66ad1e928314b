#include "ops/targeted_dropout/targeted_dropout_cpu.h"

#include <algorithm>
#include <new>
#include <string>
#include <vector>

#include "core/float_environment.h"
#include "core/group.h"
#include "core/selection/selection.h"
#include "ops/targeted_dropout/targeted_dropout.h"

namespace winnow {
namespace {

constexpr IsaVariants<TargetedDropoutKernels> kVariants = WINNOW_VARIANTS(kTargetedDropoutKernels);
/// Roughly, for 64 elements: ten rounds of Philox, or little more than moving them.
constexpr int64_t kCyclesPerDrawnGroup = 150;
constexpr int64_t kCyclesPerGroup = 40;

/// The draws of all columns, [units].
std::vector<uint32_t> DrawColumns(const DrawSource& draws, int64_t units) {
  std::vector<uint32_t> words(units);
  for (int64_t block = 0; block * 4 < units; ++block) {
    const auto drawn = Philox({static_cast<uint32_t>(block), draws.kernel_id, draws.step, 0}, draws.key);
    std::copy_n(drawn.begin(), std::min<int64_t>(4, units - block * 4), words.begin() + block * 4);
  }
  return words;
}

}  // namespace

Status TargetedDropout(const TargetedDropoutArguments& arguments, ParallelFor& parallel_for,
                       const TargetedDropoutOutputs& outputs) try {
  const KernelMatrix& kernel = arguments.kernel;
  if (arguments.drop_threshold > kAlwaysDrop) {
    return InvalidArgument("threshold must be in [0, 1073741824], got " + std::to_string(arguments.drop_threshold));
  }
  const TargetedDropoutKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  Selection selection;
  WINNOW_RETURN_IF_ERROR(
      SelectLowest(kernel, arguments.granularity, arguments.count, parallel_for, &selection, arguments.start));
  if (outputs.thresholds != nullptr) std::copy_n(selection.bound.begin(), kernel.units, outputs.thresholds);

  const bool by_column = arguments.granularity == Granularity::kUnit && arguments.coin == Coin::kUnit;
  std::vector<uint32_t> column_draws;
  if (by_column) {
    column_draws = DrawColumns(arguments.draws, kernel.units);
    AppendPeriod(&column_draws);
  }
  DropoutRange whole;
  whole.kernel = kernel.data;
  whole.units = kernel.units;
  whole.bound = selection.bound.data();
  whole.tie_row = selection.has_ties ? selection.tie_row.data() : nullptr;
  whole.column_draws = by_column ? column_draws.data() : nullptr;
  whole.key_low = arguments.draws.key.low;
  whole.key_high = arguments.draws.key.high;
  whole.kernel_id = arguments.draws.kernel_id;
  whole.step = arguments.draws.step;
  whole.drop_threshold = arguments.drop_threshold;
  whole.rescale = arguments.rescale;
  whole.scale = arguments.scale;

  const DropoutTargets targets = {outputs.output, outputs.kept, outputs.scaled};
  const int64_t cost = by_column ? kCyclesPerGroup : kCyclesPerDrawnGroup;
  parallel_for.Run(GroupCount(kernel.size()), cost, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    DropoutRange range = whole;
    range.begin = begin * kGroup;
    range.end = std::min(end * kGroup, kernel.size());
    kernels->drop(range, targets);
  });
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

Status TargetedDropoutGrad(const TargetedDropoutGradArguments& arguments, ParallelFor& parallel_for, float* dx) {
  const TargetedDropoutKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  parallel_for.Run(GroupCount(arguments.size), kCyclesPerGroup, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    const int64_t last = std::min(end * kGroup, arguments.size);
    kernels->gradient({arguments.dy, arguments.kept, arguments.scaled, arguments.scale, begin * kGroup, last}, dx);
  });
  return {};
}

}  // namespace winnow
