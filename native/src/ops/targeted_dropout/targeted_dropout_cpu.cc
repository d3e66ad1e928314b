#include "ops/targeted_dropout/targeted_dropout_cpu.h"

#include <algorithm>
#include <array>
#include <new>
#include <vector>

#include "core/float_environment.h"
#include "core/group.h"
#include "core/selection/selection.h"
#include "ops/targeted_dropout/targeted_dropout.h"

namespace winnow {
namespace {

constexpr IsaVariants<TargetedDropoutKernels> kVariants = WINNOW_VARIANTS(kTargetedDropoutKernels);
/// Roughly, for 64 elements.
constexpr int64_t kCyclesPerGroup = 50;

/// DropoutRange::column_coins.
std::vector<uint8_t> DrawColumns(const DrawSource& draws, uint32_t threshold, int64_t units) {
  std::vector<std::array<uint32_t, 4>> blocks;
  for (int64_t column = 0; column < units; column += kBernoulliBlock) {
    blocks.push_back(DrawBernoulli(draws, static_cast<uint32_t>(column / kBernoulliBlock), threshold));
  }
  const int64_t bits = units + kGroup;
  std::vector<uint8_t> coins(bits / 8 + 16);
  for (int64_t i = 0, column = 0; units > 0 && i < bits; ++i) {
    const uint32_t word = blocks[column / kBernoulliBlock][column / 32 % 4];
    coins[i / 8] |= static_cast<uint8_t>((word >> column % 32 & 1u) << i % 8);
    if (++column == units) column = 0;
  }
  return coins;
}

}  // namespace

Status TargetedDropout(const TargetedDropoutArguments& arguments, ParallelFor& parallel_for,
                       const TargetedDropoutOutputs& outputs) try {
  const KernelMatrix& kernel = arguments.kernel;
  WINNOW_RETURN_IF_ERROR(CheckTargetedDropout(arguments));
  const TargetedDropoutKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  if (kernel.size() == 0) {
    // Any number of rows or columns may be empty: no memory is taken for them.
    if (outputs.thresholds != nullptr) std::fill_n(outputs.thresholds, kernel.units, 0);
    return {};
  }
  Selection selection;
  WINNOW_RETURN_IF_ERROR(
      SelectLowest(kernel, arguments.granularity, arguments.count, parallel_for, &selection, arguments.start));
  if (outputs.thresholds != nullptr) std::copy_n(selection.bound.begin(), kernel.units, outputs.thresholds);

  const bool by_column = arguments.granularity == Granularity::kUnit && arguments.coin == Coin::kUnit;
  std::vector<uint8_t> column_coins;
  if (by_column) column_coins = DrawColumns(arguments.draws, arguments.drop_threshold, kernel.units);
  DropoutRange whole;
  whole.kernel = kernel.data;
  whole.units = kernel.units;
  whole.bound = selection.bound.data();
  whole.tie_row = selection.has_ties ? selection.tie_row.data() : nullptr;
  whole.column_coins = by_column ? column_coins.data() : nullptr;
  whole.key_low = arguments.draws.key.low;
  whole.key_high = arguments.draws.key.high;
  whole.kernel_id = arguments.draws.kernel_id;
  whole.step = arguments.draws.step;
  whole.drop_threshold = arguments.drop_threshold;
  whole.rescale = arguments.rescale;
  whole.scale = arguments.scale;

  const DropoutTargets targets = {outputs.output, outputs.kept, outputs.scaled};
  constexpr int64_t kGroupsPerBlock = kBernoulliBlock / kGroup;
  const int64_t blocks = (kernel.size() + kBernoulliBlock - 1) / kBernoulliBlock;
  parallel_for.Run(blocks, kCyclesPerGroup * kGroupsPerBlock, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    DropoutRange range = whole;
    range.begin = begin * kBernoulliBlock;
    range.end = std::min(end * kBernoulliBlock, kernel.size());
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
