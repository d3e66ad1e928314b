#include "ops/batch_norm/batch_norm_cpu.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "core/float_environment.h"
#include "ops/batch_norm/batch_norm.h"

namespace winnow {
namespace {

constexpr IsaVariants<BatchNormKernels> kVariants = WINNOW_VARIANTS(kBatchNormKernels);

/// Cycles a value takes, which come from memory.
constexpr int64_t kCyclesPerValue = 1;

/// The blocks of rows, and one after the other what threads do with them.
struct Blocks {
  explicit Blocks(const BatchNormArguments& arguments)
      : rows(arguments.rows),
        channels(arguments.channels),
        block_rows(BatchNormBlockRows(arguments.channels)),
        count((arguments.rows + block_rows - 1) / block_rows) {}

  /// Calls each(block, first value, rows).
  template <typename Each>
  void ForEach(ParallelFor& parallel_for, const Each& each) const {
    parallel_for.Run(count, block_rows * channels * kCyclesPerValue, [&](int64_t begin, int64_t end) {
      const ScopedIeeeFloats ieee;
      for (int64_t block = begin; block < end; ++block) {
        const int64_t first = block * block_rows;
        each(block, first * channels, std::min(block_rows, rows - first));
      }
    });
  }

  int64_t rows, channels, block_rows, count;
};

const float* At(const float* data, int64_t offset) { return data == nullptr ? nullptr : data + offset; }

std::vector<float> FactorsOf(const BatchNormArguments& arguments, const float* variance) {
  std::vector<float> factors(arguments.channels);
  for (int64_t channel = 0; channel < arguments.channels; ++channel) {
    factors[channel] = BatchNormFactor(arguments.scale[channel], variance[channel], arguments.epsilon);
  }
  return factors;
}

BatchNormRows RowsAt(const BatchNormArguments& arguments, const float* mean, const float* factor, int64_t first,
                     int64_t rows) {
  return {rows,   arguments.channels, arguments.x + first,       mean,
          factor, arguments.offset,   At(arguments.skip, first), arguments.relu};
}

}  // namespace

int64_t BatchNormBlockRows(int64_t channels) { return std::max<int64_t>(1, 4096 / std::max<int64_t>(1, channels)); }

float BatchNormFactor(float scale, float variance, float epsilon) {
  return static_cast<float>(scale / std::sqrt(double{variance} + epsilon));
}

void JoinBatchNormBlocks(int64_t rows, int64_t channels, const float* means, const float* deviations, int64_t stride,
                         float* mean, float* variance) {
  const int64_t block_rows = BatchNormBlockRows(channels);
  double sum = 0, squares = 0;
  for (int64_t first = 0, block = 0; first < rows; first += block_rows, ++block) {
    sum += static_cast<double>(std::min(block_rows, rows - first)) * means[block * stride];
  }
  const double average = rows == 0 ? 0 : sum / static_cast<double>(rows);
  for (int64_t first = 0, block = 0; first < rows; first += block_rows, ++block) {
    const double distance = means[block * stride] - average;
    squares +=
        deviations[block * stride] + static_cast<double>(std::min(block_rows, rows - first)) * distance * distance;
  }
  *mean = static_cast<float>(average);
  *variance = rows == 0 ? 0.0f : static_cast<float>(squares / static_cast<double>(rows));
}

BatchNormGradFactors JoinBatchNormGradBlocks(int64_t rows, int64_t channels, const float* sums, const float* products,
                                             int64_t stride, float variance, float epsilon) {
  const int64_t blocks = (rows + BatchNormBlockRows(channels) - 1) / BatchNormBlockRows(channels);
  double sum = 0, product = 0;
  for (int64_t block = 0; block < blocks; ++block) {
    sum += sums[block * stride];
    product += products[block * stride];
  }
  const double inverse = 1 / std::sqrt(double{variance} + epsilon),
               count = static_cast<double>(std::max<int64_t>(1, rows));
  return {static_cast<float>(product * inverse), static_cast<float>(sum), static_cast<float>(sum / count),
          static_cast<float>(product * inverse * inverse / count)};
}

Status BatchNorm(const BatchNormArguments& arguments, ParallelFor& parallel_for, const BatchNormOutputs& outputs) try {
  const BatchNormKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  WINNOW_RETURN_IF_ERROR(CheckBatchNorm(arguments));
  const Blocks blocks(arguments);
  const int64_t channels = arguments.channels;
  std::vector<float> partial(2 * blocks.count * channels);
  float *const means = partial.data(), *const deviations = partial.data() + blocks.count * channels;
  blocks.ForEach(parallel_for, [&](int64_t block, int64_t first, int64_t rows) {
    kernels->statistics(arguments.x + first, rows, channels, means + block * channels, deviations + block * channels);
  });
  for (int64_t channel = 0; channel < channels; ++channel) {
    JoinBatchNormBlocks(arguments.rows, channels, means + channel, deviations + channel, channels,
                        outputs.mean + channel, outputs.variance + channel);
  }
  const std::vector<float> factors = FactorsOf(arguments, outputs.variance);
  blocks.ForEach(parallel_for, [&](int64_t, int64_t first, int64_t rows) {
    kernels->normalise(RowsAt(arguments, outputs.mean, factors.data(), first, rows), outputs.y + first);
  });
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

Status BatchNormGrad(const BatchNormGradArguments& arguments, ParallelFor& parallel_for,
                     const BatchNormGradOutputs& outputs) try {
  const BatchNormKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  BatchNormArguments forward = arguments.forward;
  WINNOW_RETURN_IF_ERROR(CheckBatchNorm(forward));
  forward.skip = nullptr;
  const Blocks blocks(forward);
  const int64_t channels = forward.channels;
  const std::vector<float> factors = FactorsOf(forward, arguments.variance);
  std::vector<float> partial(2 * blocks.count * channels), joined(2 * channels);
  float *const sums = partial.data(), *const products = partial.data() + blocks.count * channels;
  float *const mean_g = joined.data(), *const slope = joined.data() + channels;
  const auto rows_at = [&](int64_t first, int64_t rows) {
    return BatchNormGradRows{RowsAt(forward, arguments.mean, factors.data(), first, rows),
                             At(arguments.y, first),
                             arguments.dy + first,
                             At(arguments.added, first),
                             mean_g,
                             slope};
  };
  blocks.ForEach(parallel_for, [&](int64_t block, int64_t first, int64_t rows) {
    kernels->gradient_sums(rows_at(first, rows), sums + block * channels, products + block * channels);
  });
  for (int64_t channel = 0; channel < channels; ++channel) {
    const BatchNormGradFactors factor =
        JoinBatchNormGradBlocks(forward.rows, channels, sums + channel, products + channel, channels,
                                arguments.variance[channel], forward.epsilon);
    outputs.dscale[channel] = factor.dscale;
    outputs.doffset[channel] = factor.doffset;
    mean_g[channel] = factor.mean_g;
    slope[channel] = factor.slope;
  }
  blocks.ForEach(parallel_for, [&](int64_t, int64_t first, int64_t rows) {
    kernels->gradient(rows_at(first, rows), outputs.dx + first,
                      outputs.dskip == nullptr ? nullptr : outputs.dskip + first);
  });
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
