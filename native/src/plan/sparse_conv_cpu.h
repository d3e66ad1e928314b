#ifndef WINNOW_PLAN_SPARSE_CONV_CPU_H_
#define WINNOW_PLAN_SPARSE_CONV_CPU_H_

#include <stdint.h>

#include "core/isa.h"
#include "core/sparse/plan_entry.h"

namespace winnow::plan {

/// A convolution by its weights that are not 0, over rows of groups of sixteen floats: sixteen images at one pixel, or
/// sixteen neighbouring pixels of one image. Bias, residual and activation are applied before a group is written.
struct SparseConvolution {
  /// Those of output o are [starts[o], starts[o + 1]); offsets count from the place where a group's window begins.
  const PlanEntry* entries;
  const uint32_t* starts;
  /// [outputs]
  const float* bias;
  /// The first group's window, and the floats from it to the next group's and the next row's.
  const float* in;
  int64_t in_step;
  int64_t in_row;
  /// The first group of the result, and of what is added to it (or null). A group follows the other; `plane` floats lie
  /// between outputs.
  float* out;
  const float* residual;
  int64_t out_row;
  int64_t plane;
  int64_t rows;
  int64_t groups;
  /// Floats of a row's last group that are written.
  int64_t last;
  /// All ones where a float is a pixel, zeros between the rows, [groups · 16]; null if all are pixels.
  const uint32_t* mask;
  /// A plan::Activation.
  int activation;
  float alpha;
};

/// A part of its result.
struct SparsePart {
  int64_t first_row, end_row;
  int64_t first_group, end_group;
  int64_t first_output, end_output;
};

/// The kernel bodies; every instruction set has this table.
struct SparseConvKernels {
  /// Every sum begins with the bias and takes the weights in their order; where there is one group of one row in all,
  /// four sums take every fourth weight. So neither parts nor instruction sets with fused multiply-adds change a bit.
  void (*convolve)(const SparseConvolution& convolution, const SparsePart& part);
};

}  // namespace winnow::plan

namespace winnow {
WINNOW_DECLARE_VARIANTS(plan::SparseConvKernels, kSparseConvKernels)
}  // namespace winnow

#endif  // WINNOW_PLAN_SPARSE_CONV_CPU_H_
