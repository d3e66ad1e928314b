#include "ops/layer_norm/layer_norm.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

/// Arguments that own their memory.
struct Case {
  Case(int64_t rows, int64_t width, float centre = 1) {
    std::mt19937 random(static_cast<unsigned>(rows * 31 + width));
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < rows * width; ++i) {
      x.push_back(centre + 2 * normal(random));
      dy.push_back(normal(random));
    }
    for (int64_t i = 0; i < width; ++i) {
      scale.push_back(1 + normal(random));
      offset.push_back(normal(random));
    }
    arguments = {x.data(), scale.data(), rows, width};
  }

  std::vector<float> x, dy, scale, offset;
  LayerNormArguments arguments;
};

struct Results {
  explicit Results(const Case& c)
      : y(c.x.size()),
        means(c.arguments.rows),
        inverses(c.arguments.rows),
        dx(c.x.size()),
        dscale(c.scale.size()),
        doffset(c.scale.size()) {}
  std::vector<float> y, means, inverses, dx, dscale, doffset;
};

Results Compute(const Case& c, ParallelFor& parallel_for) {
  Results r(c);
  EXPECT_TRUE(
      LayerNorm(c.arguments, c.offset.data(), 1e-5f, parallel_for, r.y.data(), r.means.data(), r.inverses.data()).ok());
  EXPECT_TRUE(LayerNormGrad(c.arguments, c.dy.data(), r.means.data(), r.inverses.data(), parallel_for, r.dx.data(),
                            r.dscale.data(), r.doffset.data())
                  .ok());
  return r;
}

class LayerNormTest : public testing::EveryIsa {};

void ExpectNear(const std::vector<float>& actual, const std::vector<float>& expected, float bound) {
  for (size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], bound * (1 + std::fabs(expected[i])));
}

TEST_P(LayerNormTest, EqualsTheReference) {
  ThreadPool pool(3);
  for (const auto& [rows, width] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 8}, {3, 0}, {5, 2}, {9, 7}, {8, 16}, {17, 17}, {33, 100}, {500, 64}, {2, 1024}, {3, 1500}}) {
    const Case c(rows, width);
    const Results actual = Compute(c, pool);
    Results expected(c);
    LayerNormReference(c.arguments, c.offset.data(), 1e-5f, expected.y.data(), expected.means.data(),
                       expected.inverses.data());
    LayerNormGradReference(c.arguments, c.dy.data(), expected.means.data(), expected.inverses.data(),
                           expected.dx.data(), expected.dscale.data(), expected.doffset.data());
    ExpectNear(actual.y, expected.y, 3e-6f);
    if (width > 0) {
      ExpectNear(actual.means, expected.means, 1e-6f);
      ExpectNear(actual.inverses, expected.inverses, 2e-6f);
    }
    ExpectNear(actual.dx, expected.dx, 1e-5f);
    ExpectNear(actual.dscale, expected.dscale, 1e-5f);
    ExpectNear(actual.doffset, expected.doffset, 1e-5f);
  }
}

TEST_P(LayerNormTest, StaysExactFarFromZero) {
  const Case c(4, 256, 1000);
  SerialFor serial;
  const Results actual = Compute(c, serial);
  Results expected(c);
  LayerNormReference(c.arguments, c.offset.data(), 1e-5f, expected.y.data(), expected.means.data(),
                     expected.inverses.data());
  ExpectNear(actual.y, expected.y, 1e-4f);
}

TEST_P(LayerNormTest, GivesTheOffsetForEqualInputs) {
  Case c(2, 19);
  std::fill(c.x.begin(), c.x.end(), 0.3f);
  SerialFor serial;
  const Results actual = Compute(c, serial);
  for (size_t i = 0; i < actual.y.size(); ++i) EXPECT_NEAR(actual.y[i], c.offset[i % 19], 1e-4f);
}

TEST_P(LayerNormTest, DoesNotDependOnTheNumberOfThreads) {
  const Case c(777, 50);
  SerialFor serial;
  const Results expected = Compute(c, serial);
  for (int threads : {2, 5}) {
    ThreadPool pool(threads);
    const Results actual = Compute(c, pool);
    EXPECT_EQ(testing::BitsOf(actual.dscale), testing::BitsOf(expected.dscale));
    EXPECT_EQ(testing::BitsOf(actual.doffset), testing::BitsOf(expected.doffset));
    EXPECT_EQ(testing::BitsOf(actual.dx), testing::BitsOf(expected.dx));
  }
}

TEST_P(LayerNormTest, PassesNanAlongItsRowAlone) {
  Case c(3, 21);
  c.x[21 + 20] = std::numeric_limits<float>::quiet_NaN();
  SerialFor serial;
  const Results actual = Compute(c, serial);
  for (size_t i = 0; i < actual.y.size(); ++i) EXPECT_EQ(std::isnan(actual.y[i]), i / 21 == 1) << i;
}

TEST_P(LayerNormTest, RefusesANegativeEpsilon) {
  const Case c(1, 2);
  Results r(c);
  SerialFor serial;
  const Status status =
      LayerNorm(c.arguments, c.offset.data(), -1, serial, r.y.data(), r.means.data(), r.inverses.data());
  EXPECT_EQ(status.message(), "epsilon must be at least 0, got -1.000000");
}

WINNOW_FOR_EVERY_ISA(LayerNormTest);

}  // namespace
}  // namespace winnow
