// One filter for each channel: nothing to multiply as matrices, so whole vectors of channels are summed up tap by tap.
#include <algorithm>

#include "core/workers.h"
#include "ops/conv2d/conv2d_cpu.h"
#include "ops/conv2d/depthwise_cpu.h"
#include "ops/conv2d/grids.h"

namespace winnow {
namespace {

constexpr IsaVariants<DepthwiseKernels> kVariants = WINNOW_VARIANTS(kDepthwiseKernels);

/// Places that a worker takes at once.
constexpr int64_t kPlaces = 64;
/// The filter's gradient is summed over spans of at least so many places, and over so many spans at most.
constexpr int64_t kLeastSpan = 512, kMostSpans = 64;

int64_t Places(const Conv2dProblem& problem) {
  return problem.descriptor.batch * problem.sizes.out_height * problem.sizes.out_width;
}
int64_t SpanSize(int64_t places) { return std::max(kLeastSpan, (places + kMostSpans - 1) / kMostSpans); }
int64_t SpanCount(int64_t places) { return (places + SpanSize(places) - 1) / SpanSize(places); }

bool Fits(const Conv2dDescriptor& d) { return d.groups == d.in_channels && d.groups == d.out_channels; }

Conv2dMemory Memory(const Conv2dProblem& problem) {
  const int64_t filter = problem.sizes.filter;
  if (problem.pass != Conv2dPass::kFilterGrad) return {filter, 0, 0, 0};
  return {0, 0, SpanCount(Places(problem)) * filter, 0};
}

void Prepare(const Conv2dProblem& problem, const float* filter, ParallelFor& /*parallel_for*/, float* /*scratch*/,
             float* prepared) {
  std::copy_n(filter, problem.sizes.filter, prepared);
}

void SumGrid(const Conv2dProblem& problem, const ConvGrid& grid, const Conv2dArrays& arrays, int64_t workers,
             ParallelFor& parallel_for) {
  const Conv2dDescriptor& d = problem.descriptor;
  const bool is_backward = problem.pass == Conv2dPass::kInputGrad;
  const int64_t height = is_backward ? d.in_height : problem.sizes.out_height;
  const int64_t width = is_backward ? d.in_width : problem.sizes.out_width;
  const int64_t places = d.batch * grid.places(), cost = kPlaces * (grid.taps() + 2) * (d.in_channels + 16) / 8;
  ShareAmongWorkers(parallel_for, workers, (places + kPlaces - 1) / kPlaces, cost, [&](int64_t, int64_t block) {
    const int64_t first = block * kPlaces;
    const DepthwiseSpan span = {grid, d.kernel_width, d.in_channels, first, std::min(kPlaces, places - first)};
    VariantOf(kVariants, problem.isa).sum(span, arrays.images, arrays.weights, height, width, arrays.out);
  });
}

void FilterGrad(const Conv2dProblem& problem, const ConvGrid& grid, const Conv2dArrays& arrays, int64_t workers,
                ParallelFor& parallel_for) {
  const Conv2dDescriptor& d = problem.descriptor;
  const int64_t places = Places(problem), size = SpanSize(places), spans = SpanCount(places);
  const int64_t filter = problem.sizes.filter, cost = size * grid.taps() * (d.in_channels + 16) / 4;
  ShareAmongWorkers(parallel_for, workers, spans, cost, [&](int64_t, int64_t index) {
    const int64_t first = index * size;
    const DepthwiseSpan span = {grid, d.kernel_width, d.in_channels, first, std::min(size, places - first)};
    float* const sums = arrays.shared + index * filter;
    std::fill_n(sums, filter, 0.0f);
    VariantOf(kVariants, problem.isa).accumulate(span, arrays.images, arrays.gradients, sums);
  });
  std::fill_n(arrays.out, filter, 0.0f);
  for (int64_t index = 0; index < spans; ++index) {
    for (int64_t i = 0; i < filter; ++i) arrays.out[i] += arrays.shared[index * filter + i];
  }
}

void Run(const Conv2dProblem& problem, const Conv2dArrays& arrays, int64_t workers, ParallelFor& parallel_for) {
  const ConvGrids grids(problem.descriptor, problem.sizes, problem.pass == Conv2dPass::kInputGrad);
  if (problem.pass == Conv2dPass::kFilterGrad) {
    FilterGrad(problem, grids.Grid(0), arrays, workers, parallel_for);
    return;
  }
  for (int64_t index = 0; index < grids.count(); ++index) {
    SumGrid(problem, grids.Grid(index), arrays, workers, parallel_for);
  }
}

}  // namespace

const Conv2dMethod kDepthwiseMethod = {Fits, Memory, Prepare, Run};

}  // namespace winnow
