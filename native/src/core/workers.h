#ifndef WINNOW_CORE_WORKERS_H_
#define WINNOW_CORE_WORKERS_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "core/float_environment.h"
#include "core/parallel_for.h"

namespace winnow {

/// Calls each(worker, item) for every item in [0, items), with IEEE floats. At most `workers` calls run at once, each
/// with another worker in [0, workers): whoever has memory for so many workers needs no more. Items are handed out as
/// workers come for them, so what is computed must not depend on the worker. `cost` is roughly the cycles of an item.
/// Allocates nothing itself.
template <typename Each>
void ShareAmongWorkers(ParallelFor& parallel_for, int64_t workers, int64_t items, int64_t cost, const Each& each) {
  if (items <= 0) return;
  struct Job {
    const Each& each;
    int64_t items;
    /// Neighbours at once, for the caches' sake, but few enough that all workers end together.
    int64_t step;
    std::atomic<int64_t> next{0};
  };
  workers = std::max<int64_t>(1, std::min(workers, items));
  Job job = {each, items, std::max<int64_t>(1, items / (16 * workers))};
  constexpr double kMostCost = 1e15;
  const double total = static_cast<double>(cost) * static_cast<double>(items) / static_cast<double>(workers);
  // One pointer fits into a std::function without memory of its own.
  Job* const shared = &job;
  parallel_for.Run(workers, static_cast<int64_t>(std::min(total, kMostCost)), [shared](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    for (int64_t worker = begin; worker < end; ++worker) {
      for (;;) {
        const int64_t first = shared->next.fetch_add(shared->step, std::memory_order_relaxed);
        if (first >= shared->items) break;
        const int64_t last = std::min(first + shared->step, shared->items);
        for (int64_t item = first; item < last; ++item) shared->each(worker, item);
      }
    }
  });
}

}  // namespace winnow

#endif  // WINNOW_CORE_WORKERS_H_
