#include "ops/conv3x3/conv3x3_cpu.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "core/float_environment.h"
#include "core/sparse/scratch.h"
#include "ops/conv3x3/conv3x3.h"

namespace winnow {
namespace {

constexpr IsaVariants<Conv3x3Kernels> kVariants = WINNOW_VARIANTS(kConv3x3Kernels);

/// Floats of two panels that stay in the level-2 cache beside a block of the filter.
constexpr int64_t kPanelFloats = 96 << 10;
constexpr int64_t kMostTiles = 48, kLeastTiles = 12;
/// The filter's gradient is summed over so many groups of tiles apart, so that the sum does not depend on the threads.
constexpr int64_t kGroups = 8;

Status CheckShape(const Conv3x3Shape& shape) {
  const auto fail = [](const char* name, const char* range, int64_t value) {
    return InvalidArgument(std::string(name) + " must be " + range + ", got " + std::to_string(value));
  };
  if (shape.images < 0) return fail("images", "at least 0", shape.images);
  if (shape.height < 0) return fail("height", "at least 0", shape.height);
  if (shape.width < 0) return fail("width", "at least 0", shape.width);
  if (shape.inputs <= 0 || shape.inputs % kConvChannels != 0) {
    return fail("inputs", "a positive multiple of 16", shape.inputs);
  }
  if (shape.outputs <= 0 || shape.outputs % kConvChannels != 0) {
    return fail("outputs", "a positive multiple of 16", shape.outputs);
  }
  return {};
}

int64_t TileCount(const Conv3x3Shape& shape) {
  const auto across = [](int64_t size) { return (size + kConvTile - 1) / kConvTile; };
  return shape.images * across(shape.height) * across(shape.width);
}

/// How many tiles go through the three passes together: whole blocks of the multiplication's rows.
int64_t TilesTogether(int64_t channels) {
  const int64_t fit = kPanelFloats / (kConvPoints * channels);
  return std::clamp(fit / kLeastTiles * kLeastTiles, kLeastTiles, kMostTiles);
}

/// 16 floats more than a point takes.
int64_t StrideOf(int64_t tiles, int64_t channels) { return tiles * channels + 16; }

/// Forward with a filter [3, 3, inputs, outputs] and transformed filter memory of the caller.
Status Convolve(const Conv3x3Kernels& kernels, const Conv3x3Shape& shape, const float* x, const float* filter,
                ParallelFor& parallel_for, float* y) {
  const int64_t inputs = shape.inputs, outputs = shape.outputs;
  const Scratch<float> u(kConvPoints * inputs * outputs);
  if (u.data() == nullptr) return OutOfMemory();
  kernels.transform_filter(filter, inputs, outputs, u.data());

  const int64_t block = std::min(outputs, kConvBlock);
  const int64_t together = TilesTogether(inputs + block);
  const int64_t tiles = TileCount(shape), portions = (tiles + together - 1) / together;
  const int64_t cost = together * kConvPoints * inputs * outputs / 16;
  std::atomic<bool> out_of_memory{false};
  parallel_for.Run(portions, cost, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    const int64_t v_stride = StrideOf(together, inputs), m_stride = StrideOf(together, block);
    const Scratch<float> memory(kConvPoints * (v_stride + m_stride));
    if (memory.data() == nullptr) {
      out_of_memory.store(true, std::memory_order_relaxed);
      return;
    }
    const ConvPanel v = {memory.data(), v_stride}, m = {memory.data() + kConvPoints * v_stride, m_stride};
    for (int64_t portion = begin; portion < end; ++portion) {
      const int64_t first = portion * together;
      const ConvTiles part = {shape.height, shape.width, first, std::min(together, tiles - first)};
      kernels.gather_inputs(part, x, inputs, v);
      for (int64_t channel = 0; channel < outputs; channel += kConvBlock) {
        const int64_t width = std::min(kConvBlock, outputs - channel);
        kernels.multiply(v, part.count, inputs, u.data() + channel * kConvPoints * inputs, width, m);
        kernels.scatter_outputs(part, m, width, outputs, y + channel);
      }
    }
  });
  return out_of_memory.load(std::memory_order_relaxed) ? OutOfMemory() : Status();
}

/// The filter of the input gradient: turned by half a turn, inputs and outputs exchanged.
void TurnFilter(const Conv3x3Shape& shape, const float* filter, float* turned) {
  const int64_t size = shape.inputs * shape.outputs;
  for (int place = 0; place < 9; ++place) {
    const float* from = filter + (8 - place) * size;
    float* to = turned + place * size;
    for (int64_t block = 0; block < shape.inputs; block += kConvChannels) {
      for (int64_t output = 0; output < shape.outputs; ++output) {
        for (int64_t input = block; input < block + kConvChannels; ++input) {
          to[output * shape.inputs + input] = from[input * shape.outputs + output];
        }
      }
    }
  }
}

}  // namespace

Status Conv3x3(const Conv3x3Shape& shape, const float* x, const float* filter, ParallelFor& parallel_for, float* y) {
  const Conv3x3Kernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  WINNOW_RETURN_IF_ERROR(CheckShape(shape));
  return Convolve(*kernels, shape, x, filter, parallel_for, y);
}

Status Conv3x3InputGrad(const Conv3x3Shape& shape, const float* dy, const float* filter, ParallelFor& parallel_for,
                        float* dx) {
  const Conv3x3Kernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  WINNOW_RETURN_IF_ERROR(CheckShape(shape));
  const Scratch<float> turned(9 * shape.inputs * shape.outputs);
  if (turned.data() == nullptr) return OutOfMemory();
  TurnFilter(shape, filter, turned.data());
  const Conv3x3Shape backward = {shape.images, shape.height, shape.width, shape.outputs, shape.inputs};
  return Convolve(*kernels, backward, dy, turned.data(), parallel_for, dx);
}

Status Conv3x3FilterGrad(const Conv3x3Shape& shape, const float* x, const float* dy, ParallelFor& parallel_for,
                         float* dfilter) {
  const Conv3x3Kernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  WINNOW_RETURN_IF_ERROR(CheckShape(shape));
  const int64_t inputs = shape.inputs, outputs = shape.outputs, size = inputs * outputs;
  const int64_t together = TilesTogether(inputs + outputs);
  const int64_t tiles = TileCount(shape), portions = (tiles + together - 1) / together;
  const Scratch<float> partial(kGroups * 9 * size);
  if (partial.data() == nullptr) return OutOfMemory();
  std::atomic<bool> out_of_memory{false};
  const int64_t cost = tiles / kGroups * kConvPoints * size / 16;
  parallel_for.Run(kGroups, cost, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    const int64_t v_stride = StrideOf(together, inputs), z_stride = StrideOf(together, outputs);
    const Scratch<float> memory(kConvPoints * (v_stride + z_stride + size));
    if (memory.data() == nullptr) {
      out_of_memory.store(true, std::memory_order_relaxed);
      return;
    }
    const ConvPanel v = {memory.data(), v_stride}, z = {memory.data() + kConvPoints * v_stride, z_stride};
    float* const sums = memory.data() + kConvPoints * (v_stride + z_stride);
    for (int64_t group = begin; group < end; ++group) {
      std::fill_n(sums, kConvPoints * size, 0.0f);
      for (int64_t portion = portions * group / kGroups; portion < portions * (group + 1) / kGroups; ++portion) {
        const int64_t first = portion * together;
        const ConvTiles part = {shape.height, shape.width, first, std::min(together, tiles - first)};
        kernels->gather_inputs(part, x, inputs, v);
        kernels->gather_gradients(part, dy, outputs, z);
        kernels->accumulate(v, z, part.count, inputs, outputs, sums);
      }
      kernels->finish_filter(sums, inputs, outputs, partial.data() + group * 9 * size);
    }
  });
  if (out_of_memory.load(std::memory_order_relaxed)) return OutOfMemory();
  for (int64_t i = 0; i < 9 * size; ++i) {
    float sum = partial.data()[i];
    for (int64_t group = 1; group < kGroups; ++group) sum += partial.data()[group * 9 * size + i];
    dfilter[i] = sum;
  }
  return {};
}

}  // namespace winnow
