// What an algorithm of conv2d consists of; for the plan and the algorithms alone.
#ifndef WINNOW_OPS_CONV2D_CONV2D_CPU_H_
#define WINNOW_OPS_CONV2D_CONV2D_CPU_H_

#include "core/isa.h"
#include "core/parallel_for.h"
#include "ops/conv2d/conv2d.h"

namespace winnow {

/// A checked convolution.
struct Conv2dProblem {
  const Conv2dDescriptor& descriptor;
  const Conv2dSizes& sizes;
  Conv2dPass pass;
  Isa isa;
};

/// Numbers of floats.
struct Conv2dMemory {
  /// The filter as the algorithm wants it.
  int64_t prepared;
  /// While it is prepared.
  int64_t preparing;
  /// While it runs: of all workers together, and of each.
  int64_t shared;
  int64_t worker;
};

struct Conv2dArrays {
  /// x, or dy for the gradient of x.
  const float* images;
  /// The prepared filter; for its gradient null, or which weights are kept.
  const float* weights;
  /// dy, for the gradient of the filter.
  const float* gradients;
  float* out;
  float* shared;
  /// `workers` blocks of `worker` floats.
  float* workers;
};

struct Conv2dMethod {
  bool (*fits)(const Conv2dDescriptor& descriptor);
  Conv2dMemory (*memory)(const Conv2dProblem& problem);
  void (*prepare)(const Conv2dProblem& problem, const float* filter, ParallelFor& parallel_for, float* scratch,
                  float* prepared);
  void (*run)(const Conv2dProblem& problem, const Conv2dArrays& arrays, int64_t workers, ParallelFor& parallel_for);
};

extern const Conv2dMethod kWinogradMethod;
extern const Conv2dMethod kPatchesMethod;
extern const Conv2dMethod kDepthwiseMethod;
extern const Conv2dMethod kSparseMethod;

/// So that every block of a workspace begins at a multiple of 64 bytes if the first does.
constexpr int64_t WholeLines(int64_t floats) { return (floats + 15) / 16 * 16; }

}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_CONV2D_CPU_H_
