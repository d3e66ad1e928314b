#ifndef WINNOW_CORE_THREAD_POOL_H_
#define WINNOW_CORE_THREAD_POOL_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/parallel_for.h"
#include "core/status.h"

namespace winnow {

/// The pool used outside TensorFlow. The caller works, too; several threads may call Run at the same time.
class ThreadPool final : public ParallelFor {
 public:
  /// `threads` counts the caller: 1 starts none. Fewer are started where the system refuses.
  explicit ThreadPool(int threads);
  /// Joins the threads. No Run may be in progress.
  ~ThreadPool() override;

  void Run(int64_t total, int64_t cost, const Body& body) override;

  /// The caller's among them.
  int64_t threads() const { return static_cast<int64_t>(threads_.size()) + 1; }

  /// The pool that all users of the process share, made on first use and ended with the last owner: an addon whose
  /// last environment is gone may be unloaded, and must then have no thread left. Size: WINNOW_THREADS (1 to 1024),
  /// otherwise the number of cores. Fails with kUnavailable if WINNOW_THREADS is anything else.
  static Status Shared(std::shared_ptr<ThreadPool>* pool);

 private:
  struct Job;
  void WorkerLoop();
  void Work(Job& job);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::thread> threads_;
  /// How many jobs there ever were: a thread that spins sees a new one without the lock.
  std::atomic<uint64_t> jobs_{0};
  bool stopping_ = false;
};

}  // namespace winnow

#endif  // WINNOW_CORE_THREAD_POOL_H_
