#ifndef WINNOW_CORE_WORKSPACE_POOL_H_
#define WINNOW_CORE_WORKSPACE_POOL_H_

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "core/scratch.h"

namespace winnow {

/// Lends workspaces and keeps those that come back, so that one operation after the other works in the same memory:
/// it is mapped, and much of it is still in the caches. Safe to use from several threads.
class WorkspacePool {
 public:
  /// Larger ones are freed when they come back; so are those beyond the number kept.
  static constexpr int64_t kMostKeptFloats = int64_t{16} << 20;
  static constexpr size_t kMostKept = 4;

  /// A workspace on loan; its end gives it back.
  class Loan {
   public:
    Loan(Loan&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), memory_(std::move(other.memory_)), floats_(other.floats_) {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (pool_ != nullptr) pool_->GiveBack(std::move(memory_), floats_);
    }

    /// At a multiple of 64 bytes, its contents left over from before; null if there is no memory.
    float* data() const { return memory_.data(); }
    /// At least as many as were asked for.
    int64_t floats() const { return floats_; }

   private:
    friend class WorkspacePool;
    Loan(WorkspacePool* pool, Scratch<float> memory, int64_t floats)
        : pool_(pool), memory_(std::move(memory)), floats_(floats) {}

    WorkspacePool* pool_;
    Scratch<float> memory_;
    int64_t floats_;
  };

  /// The one of this process.
  static WorkspacePool& Shared();

  /// The workspace that came back last, or one anew where it is too small.
  Loan Lend(int64_t floats);

 private:
  struct Kept {
    Scratch<float> memory;
    int64_t floats;
  };

  void GiveBack(Scratch<float> memory, int64_t floats);

  std::mutex mutex_;
  std::vector<Kept> kept_;
};

}  // namespace winnow

#endif  // WINNOW_CORE_WORKSPACE_POOL_H_
