#include "ops/optimizer_step/optimizer_step.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

/// The arrays of one variable: weight, gradient and two slots.
struct Arrays {
  std::vector<float> weight, gradient, first, second;
};

std::vector<Arrays> Network() {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<Arrays> network;
  for (int64_t size : {0, 1, 7, 16, 0, 33, 8192, 8193, 30000, 0}) {
    Arrays arrays;
    for (int64_t i = 0; i < size; ++i) {
      arrays.weight.push_back(normal(random));
      arrays.gradient.push_back(normal(random));
      arrays.first.push_back(normal(random));
      arrays.second.push_back(std::fabs(normal(random)));
    }
    network.push_back(arrays);
  }
  return network;
}

OptimizedVariable Common(Arrays& arrays, size_t i) {
  return {arrays.weight.data(),      arrays.gradient.data(),    static_cast<int64_t>(arrays.weight.size()),
          i % 2 == 0 ? 0.01f : 0.0f, i % 3 == 0 ? 0.99f : 1.0f, arrays.weight.data()};
}

std::vector<SgdVariable> SgdVariables(std::vector<Arrays>& network, bool momentum) {
  std::vector<SgdVariable> variables;
  for (size_t i = 0; i < network.size(); ++i) {
    float* slot = momentum ? network[i].first.data() : nullptr;
    variables.push_back({Common(network[i], i), slot, slot});
  }
  return variables;
}

std::vector<AdamVariable> AdamVariables(std::vector<Arrays>& network) {
  std::vector<AdamVariable> variables;
  for (size_t i = 0; i < network.size(); ++i) {
    Arrays& a = network[i];
    variables.push_back({Common(a, i), a.first.data(), a.second.data(), a.first.data(), a.second.data()});
  }
  return variables;
}

void ExpectNear(const std::vector<Arrays>& actual, const std::vector<Arrays>& expected) {
  for (size_t i = 0; i < actual.size(); ++i) {
    for (auto array : {&Arrays::weight, &Arrays::first, &Arrays::second}) {
      const std::vector<float>&a = actual[i].*array, &e = expected[i].*array;
      for (size_t k = 0; k < a.size(); ++k) ASSERT_NEAR(a[k], e[k], 1e-6f * (1 + std::fabs(e[k]))) << i << " " << k;
    }
  }
}

const AdamSettings kAdam = {0.01f, 0.1f, 0.999f, 0.001f, 1e-8f, 1.5f, 0};

class OptimizerStepTest : public testing::EveryIsa {};

TEST_P(OptimizerStepTest, SgdEqualsTheReference) {
  for (bool momentum : {false, true}) {
    for (bool nesterov : {false, true}) {
      for (float clip : {0.0f, 1.5f, 1e6f}) {
        const SgdSettings settings = {0.1f, 0.9f, nesterov, clip};
        std::vector<Arrays> actual = Network(), expected = Network();
        ThreadPool pool(3);
        ASSERT_TRUE(SgdStep(SgdVariables(actual, momentum), settings, pool).ok());
        SgdStepReference(SgdVariables(expected, momentum), settings);
        ExpectNear(actual, expected);
        EXPECT_NE(testing::BitsOf(actual[6].weight), testing::BitsOf(Network()[6].weight));
      }
    }
  }
}

TEST_P(OptimizerStepTest, AdamEqualsTheReference) {
  for (float clip : {0.0f, 1.5f, 1e6f}) {
    AdamSettings settings = kAdam;
    settings.clip_norm = clip;
    std::vector<Arrays> actual = Network(), expected = Network();
    ThreadPool pool(3);
    ASSERT_TRUE(AdamStep(AdamVariables(actual), settings, pool).ok());
    AdamStepReference(AdamVariables(expected), settings);
    ExpectNear(actual, expected);
  }
}

TEST_P(OptimizerStepTest, DoesNotDependOnTheNumberOfThreads) {
  std::vector<Arrays> serial = Network();
  SerialFor one;
  const SgdSettings settings = {0.1f, 0.9f, true, 0.5f};
  ASSERT_TRUE(SgdStep(SgdVariables(serial, true), settings, one).ok());
  for (int threads : {2, 3, 8}) {
    std::vector<Arrays> parallel = Network();
    ThreadPool pool(threads);
    ASSERT_TRUE(SgdStep(SgdVariables(parallel, true), settings, pool).ok());
    for (size_t i = 0; i < serial.size(); ++i) {
      EXPECT_EQ(testing::BitsOf(parallel[i].weight), testing::BitsOf(serial[i].weight));
      EXPECT_EQ(testing::BitsOf(parallel[i].first), testing::BitsOf(serial[i].first));
    }
  }
}

TEST_P(OptimizerStepTest, DoesNotHideNanBehindTheClipFactor) {
  SerialFor serial;
  std::vector<Arrays> network = Network();
  network[5].gradient[4] = std::numeric_limits<float>::quiet_NaN();
  ASSERT_TRUE(SgdStep(SgdVariables(network, true), {0.1f, 0.9f, false, 1.0f}, serial).ok());
  EXPECT_TRUE(std::isnan(network[5].weight[4]));
  EXPECT_TRUE(std::isnan(network[3].weight[0]));
  network = Network();
  network[5].gradient[4] = std::numeric_limits<float>::infinity();
  ASSERT_TRUE(SgdStep(SgdVariables(network, true), {0.1f, 0.9f, false, 1.0f}, serial).ok());
  EXPECT_TRUE(std::isnan(network[5].weight[4]));
  EXPECT_FALSE(std::isnan(network[3].weight[0]));
}

TEST_P(OptimizerStepTest, TakesNoVariables) {
  SerialFor serial;
  EXPECT_TRUE(SgdStep({}, {0.1f, 0.9f, false, 1.0f}, serial).ok());
  EXPECT_TRUE(AdamStep({}, kAdam, serial).ok());
}

WINNOW_FOR_EVERY_ISA(OptimizerStepTest);

TEST(OptimizerStep, Avx2AndAvx512GiveTheSameBits) {
  if (!IsaSupported(Isa::kAvx512)) GTEST_SKIP() << "needs AVX-512";
  std::vector<Arrays> results[2];
  for (Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
    const ScopedIsa forced(isa);
    SerialFor serial;
    std::vector<Arrays>& network = results[isa == Isa::kAvx2];
    network = Network();
    AdamSettings settings = kAdam;
    settings.clip_norm = 2;
    ASSERT_TRUE(AdamStep(AdamVariables(network), settings, serial).ok());
    ASSERT_TRUE(SgdStep(SgdVariables(network, true), {0.1f, 0.9f, true, 3}, serial).ok());
  }
  for (size_t i = 0; i < results[0].size(); ++i) {
    EXPECT_EQ(testing::BitsOf(results[0][i].weight), testing::BitsOf(results[1][i].weight));
  }
}

}  // namespace
}  // namespace winnow
