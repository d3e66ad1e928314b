#include "plan/plan.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#include "core/checked_size.h"
#include "core/workers.h"
#include "plan/plane.h"

namespace winnow::plan {
namespace {

/// So many images that are left are one block of sixteen with empty lanes; fewer come one by one.
constexpr int64_t kLeastImages = 8;
/// Memory of a block up to which threads take a block each: what fits into caches stays there from layer to layer. With
/// more they share the layers of one block.
constexpr int64_t kMostOwnFloats = int64_t{8} << 20;
/// Cycles of a block: worth a thread of its own.
constexpr int64_t kBlockCost = int64_t{1} << 20;

}  // namespace

/// One run: its blocks, those of sixteen images first.
struct InferencePlan::Call {
  const InferencePlan& plan;
  int64_t batch;
  const std::vector<const float*>& inputs;
  const std::vector<float*>& outputs;
  int64_t large, small;

  Call(const InferencePlan& of, int64_t images, const std::vector<const float*>& from, const std::vector<float*>& to)
      : plan(of), batch(images), inputs(from), outputs(to) {
    const int64_t rest = batch % kVector;
    large = batch / kVector + (rest >= kLeastImages);
    small = rest >= kLeastImages ? 0 : rest;
  }

  int64_t blocks() const { return large + small; }

  int64_t ArenaFloats(bool by_one) const {
    return std::max(large > 0 ? plan.images_.ArenaFloats(by_one) : 0, small > 0 ? plan.image_.ArenaFloats(by_one) : 0);
  }

  Status Run(int64_t block, float* arena, bool by_one, ParallelFor& parallel_for) const {
    const bool is_large = block < large;
    const int64_t first = is_large ? block * kVector : batch - small + (block - large);
    const int64_t count = is_large ? std::min(kVector, batch - first) : 1;
    std::vector<const float*> from(inputs);
    std::vector<float*> to(outputs);
    for (size_t i = 0; i < from.size(); ++i) from[i] += first * plan.inputs_[i].floats();
    for (size_t i = 0; i < to.size(); ++i) to[i] += first * plan.outputs_[i].floats();
    return (is_large ? plan.images_ : plan.image_).Run(count, from.data(), to.data(), arena, by_one, parallel_for);
  }
};

Status InferencePlan::Create(Network network, const PlanOptions& options) {
  WINNOW_RETURN_IF_ERROR(CheckRange("threads", options.threads, 1, 1024));
  WINNOW_RETURN_IF_ERROR(CheckNetwork(&network));
  threads_ = options.threads;
  for (const Node& node : network.nodes) {
    if (node.op == Op::kInput) inputs_.push_back(node.shape);
    if (node.op == Op::kOutput) outputs_.push_back(node.shape);
    layers_ += node.op == Op::kConvolution;
  }
  WINNOW_RETURN_IF_ERROR(BlockPlan::Create(network, kVector, options.execution, threads_, &images_));
  return BlockPlan::Create(network, 1, options.execution, threads_, &image_);
}

Status InferencePlan::Run(int64_t batch, const std::vector<const float*>& inputs, const std::vector<float*>& outputs,
                          ParallelFor& parallel_for) const {
  WINNOW_RETURN_IF_ERROR(CheckRange("batch", batch, 0, int64_t{1} << 31));
  if (inputs.size() != inputs_.size() || outputs.size() != outputs_.size()) {
    return InvalidArgument("inputs and outputs must be " + std::to_string(inputs_.size()) + " and " +
                           std::to_string(outputs_.size()) + ", got " + std::to_string(inputs.size()) + " and " +
                           std::to_string(outputs.size()));
  }
  const Call call(*this, batch, inputs, outputs);
  if (call.blocks() == 0) return {};
  // Whole rounds of blocks, one for each thread; then the threads share each of the rest.
  const bool take_own = threads_ > 1 && call.ArenaFloats(true) <= kMostOwnFloats;
  const int64_t own = threads_ == 1 ? call.blocks() : take_own ? call.blocks() / threads_ * threads_ : 0;
  const int64_t worker_floats = own > 0 ? call.ArenaFloats(true) : 0;
  const int64_t shared_floats = own < call.blocks() ? call.ArenaFloats(false) : 0;
  const WorkspacePool::Loan memory = memory_.Lend(std::max(threads_ * worker_floats, shared_floats));
  if (memory.data() == nullptr) return OutOfMemory();
  Status failed;
  std::mutex mutex;
  ShareAmongWorkers(parallel_for, threads_, own, kBlockCost, [&](int64_t worker, int64_t block) {
    Status status;
    // An exception would keep the worker's number, for which others wait.
    try {
      SerialFor serial;
      status = call.Run(block, memory.data() + worker * worker_floats, true, serial);
    } catch (const std::bad_alloc&) {
      status = OutOfMemory();
    }
    if (status.ok()) return;
    const std::lock_guard<std::mutex> lock(mutex);
    failed = std::move(status);
  });
  for (int64_t block = own; block < call.blocks() && failed.ok(); ++block) {
    failed = call.Run(block, memory.data(), false, parallel_for);
  }
  return failed;
}

}  // namespace winnow::plan
