#ifndef WINNOW_PLAN_SPARSE_LAYER_H_
#define WINNOW_PLAN_SPARSE_LAYER_H_

#include <cstdint>
#include <vector>

#include "core/isa.h"
#include "core/parallel_for.h"
#include "core/sparse/plan_entry.h"
#include "core/status.h"
#include "plan/network.h"
#include "plan/plane.h"
#include "plan/sparse_conv_cpu.h"

namespace winnow::plan {

/// A convolution by its weights that are not 0, from planes to planes. A weight of 0 meets nothing, neither a NaN nor
/// an infinity.
///
/// With sixteen images in a vector a stride is a distance between addresses. With neighbouring pixels in a vector the
/// pixels that a stride skips are first sorted out, into a plane for each remainder (`Phases`).
class SparseLayer {
 public:
  /// Packs the weights of a convolution that CheckNetwork passed. `in` and `out` are the planes of its input and
  /// result, with one number of lanes. kInvalidArgument for more than memory could address.
  static Status Create(const Node& node, const Shape& in_shape, const Plane& in, const Plane& out, SparseLayer* layer);

  /// Memory for the pixels sorted by remainders; 0 without.
  int64_t ScratchFloats() const;

  /// Writes all of the result's planes. `residual` may be null.
  void Run(const float* in, const float* residual, ParallelFor& parallel_for, Isa isa, float* scratch,
           float* out) const;

  /// Bytes of weights.
  int64_t bytes() const { return static_cast<int64_t>(entries_.size() * sizeof(PlanEntry)); }

 private:
  /// The remainders of rows (or columns) by the stride that some tap has.
  struct Phases {
    std::vector<int64_t> remainders;
    int64_t IndexOf(int64_t remainder) const;
  };

  Status MakePhases(const Shape& in_shape);
  Status Pack(const Node& node, const Shape& in_shape);
  void SortPhases(const float* in, ParallelFor& parallel_for, float* scratch) const;
  int64_t PhaseCount() const { return static_cast<int64_t>(rows_.remainders.size() * columns_.remainders.size()); }

  Window window_;
  int64_t inputs_ = 0, outputs_ = 0;
  ActivationCall activation_;
  Plane in_ = {}, out_ = {};
  bool has_phases_ = false;
  Phases rows_, columns_;
  /// What the weights' offsets go by: `in_`, or the plane of one phase.
  Plane source_ = {};
  /// Where the first window begins in it, and the steps from a group to the next and a row of groups to the next.
  int64_t first_ = 0, step_ = 0, row_ = 0;
  int64_t group_rows_ = 0, groups_ = 0, last_ = kVector;
  std::vector<uint32_t> mask_;
  std::vector<PlanEntry> entries_;
  std::vector<uint32_t> starts_;
  std::vector<float> bias_;
};

}  // namespace winnow::plan

#endif  // WINNOW_PLAN_SPARSE_LAYER_H_
