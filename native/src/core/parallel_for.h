#ifndef WINNOW_CORE_PARALLEL_FOR_H_
#define WINNOW_CORE_PARALLEL_FOR_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>

namespace winnow {

/// Splits a range of independent items over threads. TensorFlow's worker pool implements it inside TensorFlow, so that
/// cores are not oversubscribed; the addon's own pool elsewhere. Kernels make their results independent of the split.
class ParallelFor {
 public:
  /// Handles the items [begin, end).
  using Body = std::function<void(int64_t begin, int64_t end)>;

  virtual ~ParallelFor() = default;

  /// Calls `body` with disjoint ranges that cover [0, total), perhaps at once on several threads, and returns when all
  /// are done. `cost` is roughly the cycles one item takes. What `body` throws, Run throws on the calling thread, after
  /// all threads are done; of several exceptions one.
  virtual void Run(int64_t total, int64_t cost, const Body& body) = 0;
};

/// Carries an exception from the threads of a pool to the one that waits for them: an exception that leaves a thread's
/// function ends the process. Implementations of Run put it around their body.
class CaughtBody {
 public:
  explicit CaughtBody(const ParallelFor::Body& body) : body_(body) {}

  /// After an exception the rest is not done: nobody gets its result.
  void operator()(int64_t begin, int64_t end) noexcept {
    if (failed_.load(std::memory_order_relaxed)) return;
    try {
      body_(begin, end);
    } catch (...) {
      if (!failed_.exchange(true)) exception_ = std::current_exception();
    }
  }

  /// For the calling thread, when all others are done.
  void Rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  const ParallelFor::Body& body_;
  std::atomic<bool> failed_{false};
  std::exception_ptr exception_;
};

/// Everything on the calling thread.
class SerialFor final : public ParallelFor {
 public:
  void Run(int64_t total, int64_t /*cost*/, const Body& body) override {
    if (total > 0) body(0, total);
  }
};

}  // namespace winnow

#endif  // WINNOW_CORE_PARALLEL_FOR_H_
