#include <vector>

#include "ops/batch_norm/batch_norm.h"

namespace winnow {
namespace {

/// A channel's sums in the contract's order: calls each(row) for the values and writes one sum for every block.
template <typename Value>
std::vector<float> BlockSums(int64_t rows, int64_t channels, const Value& value) {
  const int64_t block_rows = BatchNormBlockRows(channels);
  std::vector<float> sums;
  for (int64_t first = 0; first < rows; first += block_rows) {
    float phases[4] = {};
    for (int64_t row = first; row < rows && row < first + block_rows; ++row) phases[(row - first) % 4] += value(row);
    sums.push_back((phases[0] + phases[1]) + (phases[2] + phases[3]));
  }
  return sums;
}

}  // namespace

Status BatchNormReference(const BatchNormArguments& arguments, const BatchNormOutputs& outputs) {
  const int64_t rows = arguments.rows, channels = arguments.channels, block_rows = BatchNormBlockRows(channels);
  for (int64_t channel = 0; channel < channels; ++channel) {
    const auto at = [&](const float* data, int64_t row) { return data[row * channels + channel]; };
    std::vector<float> means = BlockSums(rows, channels, [&](int64_t row) { return at(arguments.x, row); });
    for (size_t block = 0; block < means.size(); ++block) {
      const int64_t left = rows - static_cast<int64_t>(block) * block_rows;
      means[block] /= static_cast<float>(left < block_rows ? left : block_rows);
    }
    const std::vector<float> deviations = BlockSums(rows, channels, [&](int64_t row) {
      const float deviation = at(arguments.x, row) - means[row / block_rows];
      return deviation * deviation;
    });
    float mean, variance;
    JoinBatchNormBlocks(rows, channels, means.data(), deviations.data(), 1, &mean, &variance);
    outputs.mean[channel] = mean;
    outputs.variance[channel] = variance;
    const float factor = BatchNormFactor(arguments.scale[channel], variance, arguments.epsilon);
    for (int64_t row = 0; row < rows; ++row) {
      float y = (at(arguments.x, row) - mean) * factor + arguments.offset[channel];
      if (arguments.skip != nullptr) y += at(arguments.skip, row);
      outputs.y[row * channels + channel] = arguments.relu && y < 0 ? 0.0f : y;
    }
  }
  return {};
}

Status BatchNormGradReference(const BatchNormGradArguments& arguments, const BatchNormGradOutputs& outputs) {
  const BatchNormArguments& forward = arguments.forward;
  const int64_t rows = forward.rows, channels = forward.channels;
  for (int64_t channel = 0; channel < channels; ++channel) {
    const float mean = arguments.mean[channel], variance = arguments.variance[channel];
    const float factor = BatchNormFactor(forward.scale[channel], variance, forward.epsilon);
    const auto centred = [&](int64_t row) { return forward.x[row * channels + channel] - mean; };
    const auto masked = [&](int64_t row) {
      const int64_t at = row * channels + channel;
      const float y = arguments.y != nullptr ? arguments.y[at] : centred(row) * factor + forward.offset[channel];
      return forward.relu && !(y > 0) ? 0.0f : arguments.dy[at];
    };
    const std::vector<float> sums = BlockSums(rows, channels, masked);
    const std::vector<float> products =
        BlockSums(rows, channels, [&](int64_t row) { return masked(row) * centred(row); });
    const BatchNormGradFactors joined =
        JoinBatchNormGradBlocks(rows, channels, sums.data(), products.data(), 1, variance, forward.epsilon);
    outputs.dscale[channel] = joined.dscale;
    outputs.doffset[channel] = joined.doffset;
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t at = row * channels + channel;
      float dx = factor * ((masked(row) - joined.mean_g) - centred(row) * joined.slope);
      if (arguments.added != nullptr) dx += arguments.added[at];
      outputs.dx[at] = dx;
      if (outputs.dskip != nullptr) outputs.dskip[at] = masked(row);
    }
  }
  return {};
}

}  // namespace winnow
