#ifndef WINNOW_CORE_WORKERS_H_
#define WINNOW_CORE_WORKERS_H_

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "core/float_environment.h"
#include "core/parallel_for.h"

namespace winnow {

/// More threads than a process has.
constexpr int64_t kMostWorkers = 4096;

/// Numbers in [0, workers), each held by one thread at a time. Allocates nothing.
class WorkerNumbers {
 public:
  explicit WorkerNumbers(int64_t workers) : workers_(std::clamp<int64_t>(workers, 1, kMostWorkers)) {
    std::fill_n(is_taken_, workers_, false);
  }

  /// Waits while all are taken. A thread gets the number that it had last, if it can: that worker's memory is in its
  /// core's caches.
  int64_t Take() {
    thread_local int64_t last = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      if (last >= workers_ || is_taken_[last]) last = std::find(is_taken_, is_taken_ + workers_, false) - is_taken_;
      if (last < workers_) break;
      returned_.wait(lock);
    }
    is_taken_[last] = true;
    return last;
  }

  void GiveBack(int64_t number) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_taken_[number] = false;
    }
    returned_.notify_one();
  }

 private:
  const int64_t workers_;
  std::mutex mutex_;
  std::condition_variable returned_;
  bool is_taken_[kMostWorkers];
};

/// Calls each(worker, item) for every item in [0, items), with IEEE floats. At most `workers` calls run at once, each
/// with another worker in [0, workers): whoever has memory for so many workers needs no more. Which worker gets an item
/// is left open, so what is computed must not depend on it. `cost` is roughly the cycles of an item. Allocates nothing
/// itself.
///
/// How many blocks of items there are is left to the pool. With one block for every worker, the calling thread computed
/// beside a pool thread while another pool thread was still spinning, and a training step on two cores took 1.1 times
/// as long.
template <typename Each>
void ShareAmongWorkers(ParallelFor& parallel_for, int64_t workers, int64_t items, int64_t cost, const Each& each) {
  struct Job {
    const Each& each;
    WorkerNumbers numbers;
  };
  Job job = {each, WorkerNumbers(workers)};
  // One pointer fits into a std::function without memory of its own.
  Job* const shared = &job;
  parallel_for.Run(items, cost, [shared](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    const int64_t worker = shared->numbers.Take();
    for (int64_t item = begin; item < end; ++item) shared->each(worker, item);
    shared->numbers.GiveBack(worker);
  });
}

}  // namespace winnow

#endif  // WINNOW_CORE_WORKERS_H_
