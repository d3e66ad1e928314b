#include "ops/targeted_dropout/targeted_dropout_all.h"

#include <algorithm>
#include <new>

namespace winnow {
namespace {

/// Kernels are dealt out in portions of about so many weights.
constexpr int64_t kPortion = 4096;
/// Cycles of a portion: a scan, the draws, a pass.
constexpr int64_t kPortionCost = kPortion * 3;
/// A kernel with more than this part of all weights gets all threads; the others are one thread's work each, which
/// reads a kernel the second time while it is in the thread's cache.
constexpr int64_t kLargePart = 8;
constexpr int64_t kLargeAtLeast = int64_t{1} << 17;

/// Calls `each(index, parallel_for)` for kernels of the given sizes, large ones with all threads, small ones beside
/// each other.
template <typename Each>
void ForEachKernel(const std::vector<int64_t>& sizes, ParallelFor& parallel_for, const Each& each) {
  int64_t total = 0;
  for (int64_t size : sizes) total += size;
  const int64_t large = std::max(kLargeAtLeast, total / kLargePart);
  /// Where each small kernel begins, in portions.
  std::vector<int64_t> begins;
  std::vector<size_t> small;
  int64_t portions = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] > large) {
      each(i, parallel_for);
      continue;
    }
    small.push_back(i);
    begins.push_back(portions);
    portions += 1 + sizes[i] / kPortion;
  }
  parallel_for.Run(portions, kPortionCost, [&](int64_t begin, int64_t end) {
    SerialFor serial;
    size_t next = std::lower_bound(begins.begin(), begins.end(), begin) - begins.begin();
    for (; next < small.size() && begins[next] < end; ++next) each(small[next], serial);
  });
}

}  // namespace

Status TargetedDropoutAll(const std::vector<TargetedDropoutItem>& items, ParallelFor& parallel_for,
                          int64_t* failed) try {
  std::vector<Status> statuses(items.size());
  std::vector<int64_t> sizes;
  for (const TargetedDropoutItem& item : items) sizes.push_back(item.arguments.kernel.size());
  ForEachKernel(sizes, parallel_for, [&](size_t i, ParallelFor& inner) {
    statuses[i] = TargetedDropout(items[i].arguments, inner, items[i].outputs);
  });
  for (size_t i = 0; i < statuses.size(); ++i) {
    if (statuses[i].ok()) continue;
    *failed = static_cast<int64_t>(i);
    return statuses[i];
  }
  return {};
} catch (const std::bad_alloc&) {
  *failed = 0;
  return OutOfMemory();
}

Status TargetedDropoutGradAll(const std::vector<TargetedDropoutGradItem>& items, ParallelFor& parallel_for) try {
  std::vector<Status> statuses(items.size());
  std::vector<int64_t> sizes;
  for (const TargetedDropoutGradItem& item : items) sizes.push_back(item.arguments.size);
  ForEachKernel(sizes, parallel_for, [&](size_t i, ParallelFor& inner) {
    statuses[i] = TargetedDropoutGrad(items[i].arguments, inner, items[i].dx);
  });
  for (const Status& status : statuses) WINNOW_RETURN_IF_ERROR(status);
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
