#include "core/workspace_pool.h"

namespace winnow {

WorkspacePool& WorkspacePool::Shared() {
  // Never destroyed: threads may still compute while the process ends.
  static WorkspacePool* const pool = new WorkspacePool;
  return *pool;
}

WorkspacePool::Loan WorkspacePool::Lend(int64_t floats) {
  Kept last = {{}, 0};
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!kept_.empty()) {
      last = std::move(kept_.back());
      kept_.pop_back();
    }
  }
  if (last.memory.data() == nullptr || last.floats < floats) {
    // The old one goes first, so that both are never held at once.
    last.memory = Scratch<float>();
    last = {Scratch<float>(floats), floats};
  }
  return Loan(this, std::move(last.memory), last.floats);
}

void WorkspacePool::GiveBack(Scratch<float> memory, int64_t floats) {
  if (memory.data() == nullptr || floats > kMostKeptFloats) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (kept_.size() < kMostKept) kept_.push_back({std::move(memory), floats});
}

}  // namespace winnow
