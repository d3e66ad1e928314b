#ifndef WINNOW_PLAN_BLOCK_PLAN_H_
#define WINNOW_PLAN_BLOCK_PLAN_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/isa.h"
#include "core/parallel_for.h"
#include "core/status.h"
#include "plan/arena.h"
#include "plan/network.h"

namespace winnow::plan {

/// How layers with weights are computed: each in the way that is faster at its share of zeros, or all in one. For
/// tests and measurements.
enum class Execution { kAutomatic = 0, kSparse = 1, kDense = 2 };

/// What a run of a block works with.
struct BlockRun {
  float* arena;
  const std::vector<int64_t>& offsets;
  ParallelFor& parallel_for;
  Isa isa;
  /// Whether one thread alone works on the block.
  bool by_one;
  /// Of `lanes` images these are there.
  int64_t images;
  /// The first image's of the block.
  const float* const* inputs;
  float* const* outputs;

  float* At(int64_t storage) const { return arena + offsets[storage]; }
};

/// One piece of work in a block; reads and writes storages.
class Step {
 public:
  virtual ~Step() = default;
  virtual Status Run(const BlockRun& run) const = 0;
};

/// A network on `lanes` images at once: on sixteen, one in each lane of a vector, or on one, with neighbouring pixels
/// in the lanes. All steps, packed weights, and where every value lies in the run's memory.
class BlockPlan {
 public:
  /// `threads` that work on one block at once, at most. Fails with kInvalidArgument for values too large to address.
  static Status Create(const Network& checked, int64_t lanes, Execution execution, int64_t threads, BlockPlan* plan);

  int64_t lanes() const { return lanes_; }
  /// Memory of a run by one thread, or by `threads`.
  int64_t ArenaFloats(bool by_one) const { return by_one ? one_.floats : all_.floats; }
  /// Layers with weights that are computed without their zeros.
  int64_t sparse_layers() const { return sparse_layers_; }

  /// `images` in [1, lanes]. `inputs` and `outputs` point to the first image's numbers.
  Status Run(int64_t images, const float* const* inputs, float* const* outputs, float* arena, bool by_one,
             ParallelFor& parallel_for) const;

 private:
  friend class BlockBuilder;
  int64_t lanes_ = 1;
  int64_t sparse_layers_ = 0;
  Isa isa_ = Isa::kBaseline;
  std::vector<std::unique_ptr<Step>> steps_;
  Arena one_, all_;
};

}  // namespace winnow::plan

#endif  // WINNOW_PLAN_BLOCK_PLAN_H_
