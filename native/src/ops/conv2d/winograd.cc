// Winograd's minimal filtering F(4×4, 3×3). Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv
// 1509.09308.
#include <algorithm>

#include "core/workers.h"
#include "ops/conv2d/conv2d_cpu.h"
#include "ops/conv2d/winograd_cpu.h"

namespace winnow {
namespace {

constexpr IsaVariants<WinogradKernels> kVariants = WINNOW_VARIANTS(kWinogradKernels);

/// Channels come in blocks of so many.
constexpr int64_t kChannels = 16;
/// Floats of two panels that stay in the level-2 cache beside a block of the filter.
constexpr int64_t kPanelFloats = 96 << 10;
constexpr int64_t kMostTiles = 48, kLeastTiles = 12;
/// The filter's gradient is summed over so many groups of tiles apart, so that the sum does not depend on the threads.
constexpr int64_t kSumGroups = 8;

bool Fits(const Conv2dDescriptor& d) {
  return d.kernel_height == 3 && d.kernel_width == 3 && d.stride_height == 1 && d.stride_width == 1 &&
         d.dilation_height == 1 && d.dilation_width == 1 && d.groups == 1 && d.padding_top == 1 &&
         d.padding_bottom == 1 && d.padding_left == 1 && d.padding_right == 1 && d.in_channels % kChannels == 0 &&
         d.out_channels % kChannels == 0;
}

/// The pass in numbers. The gradient of x is a convolution of dy, so its inputs are y's channels.
struct Passage {
  explicit Passage(const Conv2dProblem& problem)
      : height(problem.descriptor.in_height), width(problem.descriptor.in_width) {
    const Conv2dDescriptor& d = problem.descriptor;
    const bool is_backward = problem.pass == Conv2dPass::kInputGrad;
    inputs = is_backward ? d.out_channels : d.in_channels;
    outputs = is_backward ? d.in_channels : d.out_channels;
    block = problem.pass == Conv2dPass::kFilterGrad ? outputs : std::min(outputs, kWinogradBlock);
    const int64_t fit = kPanelFloats / (kWinogradPoints * (inputs + block));
    together = std::clamp(fit / kLeastTiles * kLeastTiles, kLeastTiles, kMostTiles);
    const auto across = [](int64_t size) { return (size + kWinogradTile - 1) / kWinogradTile; };
    tiles = d.batch * across(height) * across(width);
    portions = (tiles + together - 1) / together;
  }

  WinogradTiles TilesOf(int64_t portion) const {
    const int64_t first = portion * together;
    return {height, width, first, std::min(together, tiles - first)};
  }
  /// 16 floats more than a point takes.
  int64_t StrideOf(int64_t channels) const { return together * channels + 16; }

  int64_t height, width, inputs, outputs;
  /// Output channels that are computed together.
  int64_t block;
  /// Tiles that go through the three passes together: whole blocks of the multiplication's rows.
  int64_t together;
  int64_t tiles, portions;
};

Conv2dMemory Memory(const Conv2dProblem& problem) {
  const Passage pass(problem);
  const int64_t size = pass.inputs * pass.outputs;
  const int64_t panels = kWinogradPoints * (pass.StrideOf(pass.inputs) + pass.StrideOf(pass.block));
  switch (problem.pass) {
    case Conv2dPass::kForward:
      return {kWinogradPoints * size, 0, 0, panels};
    case Conv2dPass::kInputGrad:
      return {kWinogradPoints * size, 9 * size, 0, panels};
    case Conv2dPass::kFilterGrad:
      break;
  }
  return {0, 0, kSumGroups * 9 * size, panels + kWinogradPoints * size};
}

/// The filter of the input gradient: turned by half a turn, inputs and outputs exchanged.
void TurnFilter(const Conv2dDescriptor& d, const float* filter, float* turned) {
  const int64_t size = d.in_channels * d.out_channels;
  for (int place = 0; place < 9; ++place) {
    const float* from = filter + (8 - place) * size;
    float* to = turned + place * size;
    for (int64_t block = 0; block < d.in_channels; block += kChannels) {
      for (int64_t output = 0; output < d.out_channels; ++output) {
        for (int64_t input = block; input < block + kChannels; ++input) {
          to[output * d.in_channels + input] = from[input * d.out_channels + output];
        }
      }
    }
  }
}

void Prepare(const Conv2dProblem& problem, const float* filter, ParallelFor& /*parallel_for*/, float* scratch,
             float* prepared) {
  const Passage pass(problem);
  if (problem.pass == Conv2dPass::kInputGrad) {
    TurnFilter(problem.descriptor, filter, scratch);
    filter = scratch;
  }
  VariantOf(kVariants, problem.isa).transform_filter(filter, pass.inputs, pass.outputs, prepared);
}

/// y of x, or dx of dy.
void Convolve(const WinogradKernels& kernels, const Passage& pass, const Conv2dArrays& arrays, int64_t worker_floats,
              int64_t workers, ParallelFor& parallel_for) {
  const int64_t inputs = pass.inputs, outputs = pass.outputs;
  const int64_t v_stride = pass.StrideOf(inputs), m_stride = pass.StrideOf(pass.block);
  const int64_t cost = pass.together * kWinogradPoints * inputs * outputs / 16;
  ShareAmongWorkers(parallel_for, workers, pass.portions, cost, [&](int64_t worker, int64_t portion) {
    float* const memory = arrays.workers + worker * worker_floats;
    const WinogradPanel v = {memory, v_stride}, m = {memory + kWinogradPoints * v_stride, m_stride};
    const WinogradTiles part = pass.TilesOf(portion);
    kernels.gather_inputs(part, arrays.images, inputs, v);
    for (int64_t channel = 0; channel < outputs; channel += kWinogradBlock) {
      const int64_t width = std::min(kWinogradBlock, outputs - channel);
      kernels.multiply(v, part.count, inputs, arrays.weights + channel * kWinogradPoints * inputs, width, m);
      kernels.scatter_outputs(part, m, width, outputs, arrays.out + channel);
    }
  });
}

void FilterGrad(const WinogradKernels& kernels, const Passage& pass, const Conv2dArrays& arrays, int64_t worker_floats,
                int64_t workers, ParallelFor& parallel_for) {
  const int64_t inputs = pass.inputs, outputs = pass.outputs, size = inputs * outputs;
  const int64_t v_stride = pass.StrideOf(inputs), z_stride = pass.StrideOf(outputs);
  const int64_t cost = pass.tiles / kSumGroups * kWinogradPoints * size / 16;
  ShareAmongWorkers(parallel_for, workers, kSumGroups, cost, [&](int64_t worker, int64_t group) {
    float* const memory = arrays.workers + worker * worker_floats;
    const WinogradPanel v = {memory, v_stride}, z = {memory + kWinogradPoints * v_stride, z_stride};
    float* const sums = memory + kWinogradPoints * (v_stride + z_stride);
    std::fill_n(sums, kWinogradPoints * size, 0.0f);
    const int64_t end = pass.portions * (group + 1) / kSumGroups;
    for (int64_t portion = pass.portions * group / kSumGroups; portion < end; ++portion) {
      const WinogradTiles part = pass.TilesOf(portion);
      kernels.gather_inputs(part, arrays.images, inputs, v);
      kernels.gather_gradients(part, arrays.gradients, outputs, z);
      kernels.accumulate(v, z, part.count, inputs, outputs, sums);
    }
    kernels.finish_filter(sums, inputs, outputs, arrays.shared + group * 9 * size);
  });
  for (int64_t i = 0; i < 9 * size; ++i) {
    float sum = arrays.shared[i];
    for (int64_t group = 1; group < kSumGroups; ++group) sum += arrays.shared[group * 9 * size + i];
    arrays.out[i] = sum;
  }
}

void Run(const Conv2dProblem& problem, const Conv2dArrays& arrays, int64_t workers, ParallelFor& parallel_for) {
  const auto compute = problem.pass == Conv2dPass::kFilterGrad ? FilterGrad : Convolve;
  compute(VariantOf(kVariants, problem.isa), Passage(problem), arrays, WholeLines(Memory(problem).worker), workers,
          parallel_for);
}

}  // namespace

const Conv2dMethod kWinogradMethod = {Fits, Memory, Prepare, Run};

}  // namespace winnow
