#ifndef WINNOW_CORE_PARALLEL_FOR_H_
#define WINNOW_CORE_PARALLEL_FOR_H_

#include <cstdint>
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
  /// are done. `cost` is roughly the cycles one item takes. `body` must not throw.
  virtual void Run(int64_t total, int64_t cost, const Body& body) = 0;
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
