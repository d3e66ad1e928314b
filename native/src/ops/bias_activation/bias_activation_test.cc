#include "ops/bias_activation/bias_activation.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

using Kind = BiasActivationKind;

/// Arguments that own their memory.
struct Case {
  Case(int64_t rows, int64_t width, bool with_bias, Kind kind) {
    std::mt19937 random(static_cast<unsigned>(rows * 31 + width));
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < rows * width; ++i) {
      x.push_back(3 * normal(random));
      dy.push_back(normal(random));
    }
    for (int64_t i = 0; i < width; ++i) bias.push_back(normal(random));
    arguments = {x.data(), with_bias ? bias.data() : nullptr, rows, width, kind};
  }

  std::vector<float> x, dy, bias;
  BiasActivationArguments arguments;
};

class BiasActivationTest : public testing::EveryIsa {};

TEST_P(BiasActivationTest, EqualsTheReference) {
  ThreadPool pool(3);
  for (const auto& [rows, width] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 8}, {3, 0}, {1, 1}, {9, 3}, {8, 16}, {17, 17}, {33, 100}, {5000, 16}, {700, 65}}) {
    for (Kind kind : {Kind::kNone, Kind::kRelu, Kind::kGelu, Kind::kGeluTanh}) {
      for (bool with_bias : {false, true}) {
        const Case c(rows, width, with_bias, kind);
        std::vector<float> y(c.x.size()), expected_y(y), dx(y), expected_dx(y), alone(y);
        std::vector<float> dbias(width), expected_dbias(width);
        ASSERT_TRUE(BiasActivation(c.arguments, pool, y.data()).ok());
        BiasActivationReference(c.arguments, expected_y.data());
        ASSERT_TRUE(BiasActivationGrad(c.arguments, c.dy.data(), pool, dx.data(), dbias.data()).ok());
        ASSERT_TRUE(BiasActivationGrad(c.arguments, c.dy.data(), pool, alone.data(), nullptr).ok());
        BiasActivationGradReference(c.arguments, c.dy.data(), expected_dx.data(), expected_dbias.data());
        EXPECT_EQ(testing::BitsOf(alone), testing::BitsOf(dx));
        for (size_t i = 0; i < y.size(); ++i) {
          ASSERT_NEAR(y[i], expected_y[i], 1e-6f * (1 + std::fabs(expected_y[i])));
          ASSERT_NEAR(dx[i], expected_dx[i], 2e-6f * (1 + std::fabs(expected_dx[i])));
        }
        for (int64_t i = 0; i < width; ++i) {
          ASSERT_NEAR(dbias[i], expected_dbias[i], 1e-6f * static_cast<float>(rows + 1)) << rows << "x" << width;
        }
      }
    }
  }
}

TEST_P(BiasActivationTest, TakesReluFromItsOutput) {
  Case c(50, 33, true, Kind::kRelu);
  std::vector<float> y(c.x.size()), dx(y), from_output(y);
  SerialFor serial;
  ASSERT_TRUE(BiasActivation(c.arguments, serial, y.data()).ok());
  ASSERT_TRUE(BiasActivationGrad(c.arguments, c.dy.data(), serial, dx.data(), nullptr).ok());
  const BiasActivationArguments output = {y.data(), nullptr, 50, 33, Kind::kRelu};
  ASSERT_TRUE(BiasActivationGrad(output, c.dy.data(), serial, from_output.data(), nullptr).ok());
  EXPECT_EQ(testing::BitsOf(dx), testing::BitsOf(from_output));
}

TEST_P(BiasActivationTest, DoesNotDependOnTheNumberOfThreads) {
  const Case c(3000, 37, true, Kind::kGelu);
  std::vector<float> dx(c.x.size()), expected(37), dbias(37);
  SerialFor serial;
  ASSERT_TRUE(BiasActivationGrad(c.arguments, c.dy.data(), serial, dx.data(), expected.data()).ok());
  for (int threads : {2, 5}) {
    ThreadPool pool(threads);
    ASSERT_TRUE(BiasActivationGrad(c.arguments, c.dy.data(), pool, dx.data(), dbias.data()).ok());
    EXPECT_EQ(testing::BitsOf(dbias), testing::BitsOf(expected));
  }
}

TEST_P(BiasActivationTest, PassesNanAndLargeValues) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x = {kNan, 100, -100, 0, -0.0f, 1e30f, -1e30f};
  SerialFor serial;
  for (Kind kind : {Kind::kRelu, Kind::kGelu, Kind::kGeluTanh}) {
    std::vector<float> y(x.size()), dx(x.size());
    const std::vector<float> dy(x.size(), 1);
    const BiasActivationArguments arguments = {x.data(), nullptr, 1, static_cast<int64_t>(x.size()), kind};
    ASSERT_TRUE(BiasActivation(arguments, serial, y.data()).ok());
    ASSERT_TRUE(BiasActivationGrad(arguments, dy.data(), serial, dx.data(), nullptr).ok());
    EXPECT_TRUE(std::isnan(y[0]));
    EXPECT_EQ(y[1], 100);
    EXPECT_EQ(y[2], 0);
    EXPECT_EQ(y[5], 1e30f);
    EXPECT_EQ(y[6], 0);
    EXPECT_EQ(dx[1], 1);
    EXPECT_EQ(dx[2], 0);
    EXPECT_EQ(dx[3], kind == Kind::kRelu ? 0 : 0.5f);
  }
}

WINNOW_FOR_EVERY_ISA(BiasActivationTest);

}  // namespace
}  // namespace winnow
