#include "ops/conv2d/conv2d.h"

#include "core/thread_pool.h"
#include "ops/conv2d/conv2d_testing.h"

namespace winnow {
namespace {

using testing::Conv2dOperands;
using testing::kConv2dPasses;
using testing::Read;

class Conv2dTest : public testing::EveryIsa {};

/// A plan with an algorithm; for the gradient of kept weights all are kept.
void Make(const Conv2dDescriptor& descriptor, Conv2dPass pass, Conv2dAlgorithm algorithm, Conv2dPlan* plan) {
  const Status status = Conv2dPlan::Create(descriptor, pass, plan, algorithm);
  ASSERT_TRUE(status.ok()) << status.message();
  if (algorithm != Conv2dAlgorithm::kSparse || pass != Conv2dPass::kFilterGrad) return;
  const std::vector<float> ones(plan->sizes().filter, 1.0f);
  ASSERT_TRUE(plan->PrepareWeights(Read(ones)).ok());
}

/// Calls each(plan, pass, operands) for every case, pass and algorithm that can do it.
template <typename Each>
void ForEveryPlan(const Each& each) {
  for (const Conv2dDescriptor& descriptor : testing::Conv2dCases()) {
    for (Conv2dPass pass : kConv2dPasses) {
      Conv2dPlan chosen;
      const Status status = Conv2dPlan::Create(descriptor, pass, &chosen);
      ASSERT_TRUE(status.ok()) << status.message() << ": " << testing::Describe(descriptor, pass);
      SCOPED_TRACE(testing::Describe(descriptor, pass));
      const Conv2dOperands given(chosen.sizes(), pass);
      each(chosen, pass, given);
      for (Conv2dAlgorithm algorithm : {Conv2dAlgorithm::kPatches, Conv2dAlgorithm::kSparse}) {
        if (chosen.algorithm() == algorithm) continue;
        Conv2dPlan general;
        Make(descriptor, pass, algorithm, &general);
        ASSERT_EQ(general.algorithm(), algorithm);
        each(general, pass, given);
      }
    }
  }
}

std::vector<float> Compute(const Conv2dPlan& plan, const Conv2dOperands& given, ParallelFor& parallel_for,
                           int workers) {
  return testing::RunPlan(plan, Read(given.first), Read(given.second), given.out, parallel_for, workers);
}

/// How many products an output sums up at most.
int64_t Summands(const Conv2dPlan& plan, Conv2dPass pass) {
  const Conv2dDescriptor& d = plan.descriptor();
  const int64_t taps = d.kernel_height * d.kernel_width;
  if (pass == Conv2dPass::kForward) return taps * d.in_channels / d.groups;
  if (pass == Conv2dPass::kInputGrad) return taps * d.out_channels / d.groups;
  return std::max<int64_t>(1, d.batch * plan.sizes().out_height * plan.sizes().out_width);
}

TEST_P(Conv2dTest, IsNearTheReference) {
  ThreadPool pool(2);
  ForEveryPlan([&](const Conv2dPlan& plan, Conv2dPass pass, const Conv2dOperands& given) {
    std::vector<float> expected(given.out);
    const Status status =
        Conv2dReference(plan.descriptor(), pass, given.first.data(), given.second.data(), expected.data());
    ASSERT_TRUE(status.ok());
    const std::vector<float> actual = Compute(plan, given, pool, 2);
    // Relative to the root of the number of summands, which is what a sum of normal products is like.
    const double bound = plan.algorithm() == Conv2dAlgorithm::kWinograd ? 2e-5 : 6e-6;
    const double tolerance = bound * std::sqrt(static_cast<double>(Summands(plan, pass)));
    for (size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], tolerance) << i;
  });
}

TEST_P(Conv2dTest, IsEqualForEveryNumberOfThreadsAndWorkers) {
  ForEveryPlan([&](const Conv2dPlan& plan, Conv2dPass, const Conv2dOperands& given) {
    SerialFor serial;
    const std::vector<uint32_t> expected = testing::BitsOf(Compute(plan, given, serial, 1));
    EXPECT_EQ(testing::BitsOf(Compute(plan, given, serial, 3)), expected);
    for (int threads : {2, 5}) {
      ThreadPool pool(threads);
      for (int workers : {1, 3, 8}) EXPECT_EQ(testing::BitsOf(Compute(plan, given, pool, workers)), expected);
    }
  });
}

/// A NaN or infinity in `first` or `second` reaches what the reference says, and nothing else where `is_exact`.
void ExpectNansPass(const Conv2dPlan& plan, Conv2dPass pass, const Conv2dOperands& given, bool is_exact) {
  SerialFor serial;
  std::vector<float> expected(given.out);
  ASSERT_TRUE(Conv2dReference(plan.descriptor(), pass, given.first.data(), given.second.data(), expected.data()).ok());
  const std::vector<float> actual = Compute(plan, given, serial, 1);
  for (size_t i = 0; i < actual.size(); ++i) {
    if (!is_exact && std::isfinite(expected[i])) continue;
    ASSERT_EQ(std::isfinite(actual[i]), std::isfinite(expected[i])) << i << " is " << actual[i];
  }
}

TEST_P(Conv2dTest, PassesNansAndInfinitiesOn) {
  ForEveryPlan([&](const Conv2dPlan& plan, Conv2dPass pass, const Conv2dOperands& given) {
    for (float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      for (int side : {0, 1}) {
        Conv2dOperands changed = given;
        std::vector<float>& values = side == 0 ? changed.first : changed.second;
        if (values.empty()) continue;
        values[values.size() * 2 / 3] = value;
        // The padding's zeros meet the filter; and a patch's zeros meet dy in the filter's gradient.
        const bool is_of_images = side == (pass == Conv2dPass::kInputGrad ? 1 : 0);
        ExpectNansPass(plan, pass, changed,
                       plan.algorithm() == Conv2dAlgorithm::kDepthwise ||
                           (is_of_images && plan.algorithm() != Conv2dAlgorithm::kWinograd));
      }
    }
  });
}

WINNOW_FOR_EVERY_ISA(Conv2dTest);

TEST(Conv2dIsaTest, Avx2AndAvx512AgreeBitForBit) {
  if (!IsaSupported(Isa::kAvx512)) GTEST_SKIP() << "no AVX-512";
  SerialFor serial;
  ForEveryPlan([&](const Conv2dPlan& plan, Conv2dPass pass, const Conv2dOperands& given) {
    std::vector<uint32_t> results[2];
    for (int i = 0; i < 2; ++i) {
      const ScopedIsa forced(i == 0 ? Isa::kAvx2 : Isa::kAvx512);
      Conv2dPlan made;
      Make(plan.descriptor(), pass, plan.algorithm(), &made);
      results[i] = testing::BitsOf(Compute(made, given, serial, 1));
    }
    EXPECT_EQ(results[0], results[1]);
  });
}

}  // namespace
}  // namespace winnow
