#include "ops/masked_linear/masked_linear.h"

#include "core/sparse/testing.h"
#include "core/testing.h"
#include "core/thread_pool.h"
#include "core/workspace_pool.h"

namespace winnow {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class MaskedLinearTest : public testing::EveryIsa {};

/// Of a kernel's weights about one in `every` is left, none for 0; some of the others are -0.
std::vector<float> SparseKernel(int64_t count, double density, uint32_t seed) {
  std::vector<float> kernel = testing::RandomFloats(count, seed);
  std::mt19937 random(seed + 1);
  std::uniform_real_distribution<double> uniform;
  for (int64_t i = 0; i < count; ++i) {
    if (uniform(random) >= density) kernel[i] = i % 3 == 0 ? -0.0f : 0.0f;
  }
  return kernel;
}

TEST_P(MaskedLinearTest, EqualsTheReference) {
  ThreadPool pool(3);
  for (const testing::SparseShape& shape : testing::SparseShapes()) {
    const int64_t fan_in = shape.rows, units = shape.columns, tokens = shape.tokens;
    const std::vector<float> weights = SparseKernel(fan_in * units, shape.density, 3);
    const KernelMatrix kernel = {weights.data(), fan_in, units};
    const std::vector<float> x = testing::RandomFloats(tokens * fan_in, 4);
    const std::vector<float> dy = testing::RandomFloats(tokens * units, 5), bias = testing::RandomFloats(units, 6);
    // One more, to see writes beyond the end.
    std::vector<float> actual(tokens * units + 1, 77), expected = actual;
    for (const Activation activation : {Activation::kNone, Activation::kRelu}) {
      const float* const given = activation == Activation::kNone ? nullptr : bias.data();
      ASSERT_TRUE(MaskedLinear(kernel, x.data(), tokens, given, activation, pool, actual.data(), nullptr).ok());
      ASSERT_TRUE(MaskedLinearReference(kernel, x.data(), tokens, given, activation, expected.data()).ok());
      testing::ExpectEqual(GetParam(), actual, expected, shape.name() + ", forward");
    }
    actual.assign(tokens * fan_in + 1, 77);
    expected = actual;
    ASSERT_TRUE(MaskedLinearInputGrad(kernel, dy.data(), tokens, pool, actual.data()).ok());
    ASSERT_TRUE(MaskedLinearInputGradReference(kernel, dy.data(), tokens, expected.data()).ok());
    testing::ExpectEqual(GetParam(), actual, expected, shape.name() + ", gradient of x");
    std::vector<uint8_t> bools(fan_in * units);
    for (size_t i = 0; i < bools.size(); ++i) bools[i] = weights[i] != 0 ? 1 : 0;
    const std::vector<float> origin = SparseKernel(fan_in * units, 0.9, 8);
    const KeptWeights keeps[] = {{fan_in, units, weights.data(), nullptr, nullptr},
                                 {fan_in, units, nullptr, bools.data(), nullptr},
                                 {fan_in, units, weights.data(), nullptr, origin.data()}};
    for (const KeptWeights& kept : keeps) {
      actual.assign(fan_in * units + 1, 77);
      expected = actual;
      ASSERT_TRUE(MaskedLinearKernelGrad(kept, x.data(), dy.data(), tokens, pool, actual.data()).ok());
      ASSERT_TRUE(MaskedLinearKernelGradReference(kept, x.data(), dy.data(), tokens, expected.data()).ok());
      testing::ExpectEqual(GetParam(), actual, expected, shape.name() + ", gradient of the kernel");
    }
  }
}

TEST_P(MaskedLinearTest, GivesWhatGeluIsAppliedTo) {
  const std::vector<float> weights = SparseKernel(30 * 70, 0.3, 1), x = testing::RandomFloats(20 * 30, 2);
  const std::vector<float> bias = testing::RandomFloats(70, 3);
  const KernelMatrix kernel = {weights.data(), 30, 70};
  std::vector<float> y(20 * 70), sums(20 * 70), plain(20 * 70), expected(20 * 70);
  SerialFor serial;
  ASSERT_TRUE(MaskedLinear(kernel, x.data(), 20, bias.data(), Activation::kGelu, serial, y.data(), sums.data()).ok());
  ASSERT_TRUE(MaskedLinear(kernel, x.data(), 20, bias.data(), Activation::kNone, serial, plain.data(), nullptr).ok());
  EXPECT_EQ(testing::BitsOf(sums), testing::BitsOf(plain));
  ASSERT_TRUE(MaskedLinearReference(kernel, x.data(), 20, bias.data(), Activation::kGelu, expected.data()).ok());
  EXPECT_LT(testing::LargestDifference(y, expected), 1e-5f);
}

TEST_P(MaskedLinearTest, IsEqualForEveryNumberOfThreads) {
  const int64_t fan_in = 300, units = 200, tokens = 150;
  const std::vector<float> weights = SparseKernel(fan_in * units, 0.1, 1);
  const KernelMatrix kernel = {weights.data(), fan_in, units};
  const KeptWeights kept = {fan_in, units, weights.data(), nullptr, nullptr};
  const std::vector<float> x = testing::RandomFloats(tokens * fan_in, 2), dy = testing::RandomFloats(tokens * units, 3);
  const auto run = [&](ParallelFor& parallel_for) {
    std::vector<float> y(tokens * units), dx(tokens * fan_in), dkernel(fan_in * units);
    EXPECT_TRUE(
        MaskedLinear(kernel, x.data(), tokens, nullptr, Activation::kNone, parallel_for, y.data(), nullptr).ok());
    EXPECT_TRUE(MaskedLinearInputGrad(kernel, dy.data(), tokens, parallel_for, dx.data()).ok());
    EXPECT_TRUE(MaskedLinearKernelGrad(kept, x.data(), dy.data(), tokens, parallel_for, dkernel.data()).ok());
    y.insert(y.end(), dx.begin(), dx.end());
    y.insert(y.end(), dkernel.begin(), dkernel.end());
    return testing::BitsOf(y);
  };
  SerialFor serial;
  const std::vector<uint32_t> expected = run(serial);
  for (int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    EXPECT_EQ(run(pool), expected) << threads;
  }
}

TEST_P(MaskedLinearTest, AZeroMeetsNoNan) {
  // [0 1; 2 0] for one token [NaN, 3].
  const std::vector<float> weights = {-0.0f, 1, 2, 0}, x = {kNan, 3};
  std::vector<float> y(2);
  SerialFor serial;
  ASSERT_TRUE(
      MaskedLinear({weights.data(), 2, 2}, x.data(), 1, nullptr, Activation::kNone, serial, y.data(), nullptr).ok());
  EXPECT_EQ(y[0], 6);
  EXPECT_TRUE(std::isnan(y[1]));
  ASSERT_TRUE(MaskedLinearInputGrad({weights.data(), 2, 2}, x.data(), 1, serial, y.data()).ok());
  EXPECT_EQ(y[0], 3);
  EXPECT_TRUE(std::isnan(y[1]));
}

TEST_P(MaskedLinearTest, KeepsANanAmongTheWeights) {
  const std::vector<float> weights = {kNan, 0}, x = {1};
  std::vector<float> y(2);
  SerialFor serial;
  ASSERT_TRUE(
      MaskedLinear({weights.data(), 1, 2}, x.data(), 1, nullptr, Activation::kNone, serial, y.data(), nullptr).ok());
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], 0);
}

TEST_P(MaskedLinearTest, LeftoversOfBorrowedMemoryDoNotShow) {
  const auto run = [] {
    const std::vector<float> weights = SparseKernel(90 * 70, 0.2, 1), x = testing::RandomFloats(33 * 90, 2);
    std::vector<float> y(33 * 70);
    SerialFor serial;
    EXPECT_TRUE(
        MaskedLinear({weights.data(), 90, 70}, x.data(), 33, nullptr, Activation::kNone, serial, y.data(), nullptr)
            .ok());
    return testing::BitsOf(y);
  };
  const std::vector<uint32_t> expected = run();
  {
    WorkspacePool::Loan loans[] = {WorkspacePool::Shared().Lend(1 << 20), WorkspacePool::Shared().Lend(1 << 20)};
    for (const WorkspacePool::Loan& loan : loans) std::fill_n(loan.data(), loan.floats(), kNan);
  }
  EXPECT_EQ(run(), expected);
}

WINNOW_FOR_EVERY_ISA(MaskedLinearTest);

TEST(MaskedLinear, RefusesSizesOutOfRange) {
  const auto message = [](int64_t tokens, int64_t fan_in, int64_t units) {
    return CheckMaskedLinear(tokens, fan_in, units).message();
  };
  EXPECT_EQ(message(1, 1, 1), "");
  EXPECT_EQ(message(-1, 1, 1), "tokens must be in [0, 2147483647], got -1");
  EXPECT_EQ(message(1, int64_t{1} << 27, 0), "fan_in must be in [0, 67108864], got 134217728");
  EXPECT_EQ(message(1, 0, int64_t{1} << 27), "units must be in [0, 67108864], got 134217728");
  EXPECT_EQ(message(1, 1 << 16, 1 << 16), "fan_in × units must be in [0, 2147483647], got 4294967296");
}

}  // namespace
}  // namespace winnow
