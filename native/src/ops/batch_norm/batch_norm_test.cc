#include "ops/batch_norm/batch_norm.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

class BatchNormTest : public testing::EveryIsa {};

std::vector<float> Normal(int64_t count, int seed, float mean = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(mean, 1);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

/// Rows and channels: less than a vector, more, not whole vectors, several blocks, a last block of 1 to 3 rows.
constexpr int64_t kSizes[][2] = {{0, 3},     {1, 1},    {7, 3},    {5, 16},   {300, 16}, {514, 16}, {100, 64},
                                 {1000, 17}, {33, 100}, {2, 5000}, {4097, 1}, {130, 96}, {3, 0}};

/// All results of one forward and backward pass.
struct Results {
  Results(int64_t rows, int64_t channels)
      : y(rows * channels), dx(y), dskip(y), mean(channels), variance(mean), dscale(mean), doffset(mean) {}
  std::vector<std::vector<uint32_t>> bits() const {
    std::vector<std::vector<uint32_t>> all;
    for (const auto* values : {&y, &dx, &dskip, &mean, &variance, &dscale, &doffset}) {
      all.push_back(testing::BitsOf(*values));
    }
    return all;
  }
  std::vector<float> y, dx, dskip, mean, variance, dscale, doffset;
};

struct Case {
  Case(int64_t rows, int64_t channels, int variant)
      : relu((variant & 1) != 0),
        has_skip((variant & 2) != 0),
        has_added((variant & 4) != 0),
        rows(rows),
        channels(channels),
        x(Normal(rows * channels, 1, 10)),
        skip(Normal(rows * channels, 2)),
        dy(Normal(rows * channels, 3)),
        added(Normal(rows * channels, 4)),
        scale(Normal(channels, 5)),
        offset(Normal(channels, 6)) {}

  Results Run(ParallelFor* parallel_for) const {
    Results out(rows, channels);
    const BatchNormArguments forward = {
        rows, channels, x.data(), scale.data(), offset.data(), has_skip ? skip.data() : nullptr, 1e-3f, relu};
    const BatchNormOutputs outputs = {out.y.data(), out.mean.data(), out.variance.data()};
    EXPECT_TRUE(
        (parallel_for ? BatchNorm(forward, *parallel_for, outputs) : BatchNormReference(forward, outputs)).ok());
    const BatchNormGradArguments backward = {forward,
                                             out.mean.data(),
                                             out.variance.data(),
                                             has_skip ? out.y.data() : nullptr,
                                             dy.data(),
                                             has_added ? added.data() : nullptr};
    const BatchNormGradOutputs gradients = {out.dx.data(), out.dscale.data(), out.doffset.data(),
                                            has_skip ? out.dskip.data() : nullptr};
    EXPECT_TRUE(
        (parallel_for ? BatchNormGrad(backward, *parallel_for, gradients) : BatchNormGradReference(backward, gradients))
            .ok());
    return out;
  }

  bool relu, has_skip, has_added;
  int64_t rows, channels;
  std::vector<float> x, skip, dy, added, scale, offset;
};

TEST_P(BatchNormTest, EqualsTheReferenceForEveryNumberOfThreads) {
  for (const auto& size : kSizes) {
    for (int variant = 0; variant < 8; ++variant) {
      const Case given(size[0], size[1], variant);
      const auto expected = given.Run(nullptr).bits();
      SerialFor serial;
      EXPECT_EQ(given.Run(&serial).bits(), expected) << size[0] << "x" << size[1] << ", variant " << variant;
      ThreadPool pool(3);
      EXPECT_EQ(given.Run(&pool).bits(), expected) << size[0] << "x" << size[1] << ", variant " << variant;
    }
  }
}

TEST_P(BatchNormTest, KeepsVarianceOfLargeMeans) {
  SerialFor serial;
  Case given(20000, 3, 0);
  for (size_t i = 0; i < given.x.size(); ++i) given.x[i] = 10000 + (i / 3 % 2 == 0 ? 0.5f : -0.5f);
  const Results out = given.Run(&serial);
  for (int channel = 0; channel < 3; ++channel) {
    EXPECT_EQ(out.mean[channel], 10000);
    EXPECT_NEAR(out.variance[channel], 0.25, 1e-6);
  }
}

TEST_P(BatchNormTest, MasksTheGradientWhereReluIsZero) {
  SerialFor serial;
  const Case given(64, 16, 1);
  const Results out = given.Run(&serial);
  double expected = 0;
  for (int row = 0; row < 64; ++row) expected += out.y[row * 16] > 0 ? given.dy[row * 16] : 0;
  EXPECT_NEAR(out.doffset[0], expected, 1e-4);
}

WINNOW_FOR_EVERY_ISA(BatchNormTest);

/// Against central differences of the forward pass in double.
TEST(BatchNormReferenceTest, GradientIsThatOfTheForwardPass) {
  const Case given(6, 1, 2);
  const Results out = given.Run(nullptr);
  const auto loss = [&](const std::vector<double>& x) {
    double mean = 0, variance = 0, sum = 0;
    for (double value : x) mean += value / 6;
    for (double value : x) variance += (value - mean) * (value - mean) / 6;
    for (int i = 0; i < 6; ++i) {
      const double y =
          (x[i] - mean) * given.scale[0] / std::sqrt(variance + double{1e-3f}) + given.offset[0] + given.skip[i];
      sum += y * given.dy[i];
    }
    return sum;
  };
  for (int i = 0; i < 6; ++i) {
    std::vector<double> up(given.x.begin(), given.x.end()), down = up;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    EXPECT_NEAR(out.dx[i], (loss(up) - loss(down)) / 2e-5, 1e-3);
    EXPECT_EQ(out.dskip[i], given.dy[i]);
  }
}

}  // namespace
}  // namespace winnow
