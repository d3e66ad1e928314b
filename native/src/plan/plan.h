#ifndef WINNOW_PLAN_PLAN_H_
#define WINNOW_PLAN_PLAN_H_

#include <cstdint>
#include <vector>

#include "core/parallel_for.h"
#include "core/status.h"
#include "core/workspace_pool.h"
#include "plan/block_plan.h"

namespace winnow::plan {

struct PlanOptions {
  /// Threads that work on a run at most, in [1, 1024]: what the pool has that runs are given.
  int64_t threads = 1;
  Execution execution = Execution::kAutomatic;
};

/// A network made ready to run: checked, its weights packed, its memory laid out. It keeps nothing of the network. Runs
/// may overlap in time, from any threads, each in memory of its own that the plan lends and keeps.
///
/// A batch is cut into blocks of sixteen images; what is left of it is one more such block, or one image after the
/// other where they are few. Results are equal bit for bit on AVX2 and AVX-512 and for every number of threads; an
/// image that stands in another kind of block may round differently.
class InferencePlan {
 public:
  InferencePlan() = default;
  InferencePlan(const InferencePlan&) = delete;
  InferencePlan& operator=(const InferencePlan&) = delete;

  /// Fails with kInvalidArgument as CheckNetwork does, and for values too large to address; with kOutOfMemory; and with
  /// kUnavailable for want of an instruction set.
  Status Create(Network network, const PlanOptions& options);

  /// Of inputs and outputs, in the order of their nodes.
  const std::vector<Shape>& inputs() const { return inputs_; }
  const std::vector<Shape>& outputs() const { return outputs_; }
  /// Layers with weights, and how many of them leave zeros out in blocks of sixteen images and of one.
  int64_t layers() const { return layers_; }
  int64_t sparse_layers(bool images) const { return (images ? images_ : image_).sparse_layers(); }

  /// `inputs` and `outputs` point to [batch, height, width, channels] each; `parallel_for` has `threads` threads or
  /// fewer. batch >= 0. Fails with kOutOfMemory and kInvalidArgument.
  Status Run(int64_t batch, const std::vector<const float*>& inputs, const std::vector<float*>& outputs,
             ParallelFor& parallel_for) const;

 private:
  struct Call;

  int64_t threads_ = 1;
  int64_t layers_ = 0;
  std::vector<Shape> inputs_, outputs_;
  BlockPlan images_, image_;
  mutable WorkspacePool memory_;
};

}  // namespace winnow::plan

#endif  // WINNOW_PLAN_PLAN_H_
