#include "ops/conv3x3/conv3x3.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

class Conv3x3Test : public testing::EveryIsa {};

std::vector<float> Normal(int64_t count, int seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

/// Sizes around whole tiles, one pixel, no image, several blocks of channels and a last block that is narrower.
const Conv3x3Shape kShapes[] = {{1, 4, 4, 16, 16},  {2, 8, 8, 16, 32},  {3, 5, 7, 32, 16}, {1, 1, 1, 16, 16},
                                {2, 3, 2, 48, 80},  {1, 13, 9, 16, 48}, {5, 8, 8, 64, 64}, {0, 8, 8, 16, 16},
                                {2, 4, 4, 16, 144}, {1, 0, 5, 16, 16},  {40, 4, 4, 32, 32}};

/// One side's three results.
struct Results {
  explicit Results(const Conv3x3Shape& shape)
      : y(shape.images * shape.height * shape.width * shape.outputs),
        dx(shape.images * shape.height * shape.width * shape.inputs),
        dfilter(9 * shape.inputs * shape.outputs) {}
  std::vector<float> y, dx, dfilter;
};

struct Operands {
  explicit Operands(const Conv3x3Shape& shape)
      : x(Normal(shape.images * shape.height * shape.width * shape.inputs, 1)),
        filter(Normal(9 * shape.inputs * shape.outputs, 2)),
        dy(Normal(shape.images * shape.height * shape.width * shape.outputs, 3)) {}
  std::vector<float> x, filter, dy;
};

Results Compute(const Conv3x3Shape& shape, const Operands& given, ParallelFor& parallel_for) {
  Results out(shape);
  EXPECT_TRUE(Conv3x3(shape, given.x.data(), given.filter.data(), parallel_for, out.y.data()).ok());
  EXPECT_TRUE(Conv3x3InputGrad(shape, given.dy.data(), given.filter.data(), parallel_for, out.dx.data()).ok());
  EXPECT_TRUE(Conv3x3FilterGrad(shape, given.x.data(), given.dy.data(), parallel_for, out.dfilter.data()).ok());
  return out;
}

/// Relative to the root of the number of summands, which is what a sum of normal products is like.
void ExpectNear(const std::vector<float>& actual, const std::vector<float>& expected, int64_t summands,
                const char* what) {
  const double tolerance = 2e-5 * std::sqrt(static_cast<double>(summands));
  for (size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], tolerance) << what << " " << i;
}

TEST_P(Conv3x3Test, IsNearTheReference) {
  ThreadPool pool(2);
  for (const Conv3x3Shape& shape : kShapes) {
    const Operands given(shape);
    const Results actual = Compute(shape, given, pool);
    Results expected(shape);
    Conv3x3Reference(shape, given.x.data(), given.filter.data(), expected.y.data());
    Conv3x3InputGradReference(shape, given.dy.data(), given.filter.data(), expected.dx.data());
    Conv3x3FilterGradReference(shape, given.x.data(), given.dy.data(), expected.dfilter.data());
    ExpectNear(actual.y, expected.y, 9 * shape.inputs, "y");
    ExpectNear(actual.dx, expected.dx, 9 * shape.outputs, "dx");
    ExpectNear(actual.dfilter, expected.dfilter, shape.images * shape.height * shape.width, "dfilter");
  }
}

TEST_P(Conv3x3Test, IsEqualForEveryNumberOfThreads) {
  for (const Conv3x3Shape& shape : kShapes) {
    const Operands given(shape);
    SerialFor serial;
    const Results expected = Compute(shape, given, serial);
    for (int threads : {2, 3, 7}) {
      ThreadPool pool(threads);
      const Results actual = Compute(shape, given, pool);
      EXPECT_EQ(testing::BitsOf(actual.y), testing::BitsOf(expected.y));
      EXPECT_EQ(testing::BitsOf(actual.dx), testing::BitsOf(expected.dx));
      EXPECT_EQ(testing::BitsOf(actual.dfilter), testing::BitsOf(expected.dfilter));
    }
  }
}

TEST_P(Conv3x3Test, RefusesOtherChannels) {
  SerialFor serial;
  float x[1] = {};
  EXPECT_EQ(Conv3x3({1, 1, 1, 8, 16}, x, x, serial, x).message(), "inputs must be a positive multiple of 16, got 8");
  EXPECT_EQ(Conv3x3InputGrad({1, 1, 1, 16, 0}, x, x, serial, x).message(),
            "outputs must be a positive multiple of 16, got 0");
  EXPECT_EQ(Conv3x3FilterGrad({-1, 1, 1, 16, 16}, x, x, serial, x).message(), "images must be at least 0, got -1");
}

WINNOW_FOR_EVERY_ISA(Conv3x3Test);

TEST(Conv3x3IsaTest, Avx2AndAvx512AgreeBitForBit) {
  if (!IsaSupported(Isa::kAvx512)) GTEST_SKIP() << "no AVX-512";
  SerialFor serial;
  for (const Conv3x3Shape& shape : kShapes) {
    const Operands given(shape);
    Results results[2] = {Results(shape), Results(shape)};
    for (int i = 0; i < 2; ++i) {
      const ScopedIsa forced(i == 0 ? Isa::kAvx2 : Isa::kAvx512);
      results[i] = Compute(shape, given, serial);
    }
    EXPECT_EQ(testing::BitsOf(results[0].y), testing::BitsOf(results[1].y));
    EXPECT_EQ(testing::BitsOf(results[0].dx), testing::BitsOf(results[1].dx));
    EXPECT_EQ(testing::BitsOf(results[0].dfilter), testing::BitsOf(results[1].dfilter));
  }
}

}  // namespace
}  // namespace winnow
