// The algorithm for sparse filters; what it shares with the others is tested with them.
#include "core/thread_pool.h"
#include "ops/conv2d/conv2d.h"
#include "ops/conv2d/conv2d_testing.h"

namespace winnow {
namespace {

using testing::Conv2dOperands;
using testing::kConv2dPasses;
using testing::Read;

class SparseConv2dTest : public testing::EveryIsa {};

/// A filter of which about one in `every` weights is left; 0: none. Some of the others are -0.
std::vector<float> SparseFilter(int64_t count, int every) {
  std::vector<float> filter = testing::RandomFloats(count, 3);
  const std::vector<float> draws = testing::RandomFloats(count, 4);
  for (int64_t i = 0; i < count; ++i) {
    const bool is_kept = every > 0 && (testing::BitsOf({draws[i]})[0] >> 3) % every == 0;
    if (!is_kept) filter[i] = i % 3 == 0 ? -0.0f : 0.0f;
  }
  return filter;
}

void SetFilter(Conv2dPass pass, const std::vector<float>& filter, Conv2dOperands* operands) {
  if (pass == Conv2dPass::kForward) operands->second = filter;
  if (pass == Conv2dPass::kInputGrad) operands->first = filter;
}

TEST_P(SparseConv2dTest, IsNearTheReferenceAtEveryDensity) {
  ThreadPool pool(3);
  for (const Conv2dDescriptor& descriptor : testing::Conv2dCases()) {
    for (Conv2dPass pass : kConv2dPasses) {
      SCOPED_TRACE(testing::Describe(descriptor, pass));
      for (int every : {0, 2, 10, 100}) {
        Conv2dPlan plan;
        ASSERT_TRUE(Conv2dPlan::Create(descriptor, pass, &plan, Conv2dAlgorithm::kSparse).ok());
        const std::vector<float> filter = SparseFilter(plan.sizes().filter, every);
        Conv2dOperands given(plan.sizes(), pass);
        SetFilter(pass, filter, &given);
        std::vector<float> expected(given.out);
        ASSERT_TRUE(Conv2dReference(descriptor, pass, given.first.data(), given.second.data(), expected.data()).ok());
        const bool is_of_filter = pass == Conv2dPass::kFilterGrad;
        if (is_of_filter) {
          ASSERT_TRUE(plan.PrepareWeights(Read(filter)).ok());
        }
        const std::vector<float> actual =
            testing::RunPlan(plan, Read(given.first), Read(given.second), given.out, pool, 3);
        for (size_t i = 0; i < actual.size(); ++i) {
          if (is_of_filter && filter[i] == 0) {
            ASSERT_EQ(actual[i], 0) << i << " is not kept";
          } else {
            ASSERT_NEAR(actual[i], expected[i], 3e-4) << i << ", one weight in " << every;
          }
        }
      }
    }
  }
}

TEST_P(SparseConv2dTest, PreparedWeightsGiveTheSameBits) {
  SerialFor serial;
  for (const Conv2dDescriptor& descriptor : testing::Conv2dCases()) {
    for (Conv2dPass pass : {Conv2dPass::kForward, Conv2dPass::kInputGrad}) {
      Conv2dPlan plan;
      ASSERT_TRUE(Conv2dPlan::Create(descriptor, pass, &plan, Conv2dAlgorithm::kSparse).ok());
      const std::vector<float> filter = SparseFilter(plan.sizes().filter, 5);
      Conv2dOperands given(plan.sizes(), pass);
      SetFilter(pass, filter, &given);
      const auto run = [&](ConstFloats first, ConstFloats second) {
        return testing::BitsOf(testing::RunPlan(plan, first, second, given.out, serial, 1));
      };
      const auto expected = run(Read(given.first), Read(given.second));
      ASSERT_TRUE(plan.PrepareWeights(Read(filter)).ok());
      const ConstFloats none = {nullptr, 0};
      const bool is_forward = pass == Conv2dPass::kForward;
      EXPECT_EQ(run(is_forward ? Read(given.first) : none, is_forward ? none : Read(given.second)), expected)
          << testing::Describe(descriptor, pass);
    }
  }
}

TEST_P(SparseConv2dTest, AZeroMeetsNoNan) {
  const Conv2dDescriptor descriptor = testing::Square(17, 5, 5, 4, 4, 3, 1, 1);
  Conv2dPlan plan;
  ASSERT_TRUE(Conv2dPlan::Create(descriptor, Conv2dPass::kForward, &plan, Conv2dAlgorithm::kSparse).ok());
  Conv2dOperands given(plan.sizes(), Conv2dPass::kForward);
  // One weight: channel 2 to output 1, in the middle of the filter.
  std::vector<float> filter(plan.sizes().filter, 0.0f);
  filter[(4 * 4 + 2) * 4 + 1] = 2;
  SerialFor serial;
  given.first[3] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> y = testing::RunPlan(plan, Read(given.first), Read(filter), given.out, serial, 1);
  for (size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], i % 4 == 1 ? 2 * given.first[i + 1] : 0) << i;
}

WINNOW_FOR_EVERY_ISA(SparseConv2dTest);

TEST(SparseConv2dPlan, TheFiltersGradientNeedsTheKeptWeights) {
  const Conv2dDescriptor descriptor = testing::Square(2, 4, 4, 2, 2, 3, 1, 1);
  Conv2dPlan plan;
  ASSERT_TRUE(Conv2dPlan::Create(descriptor, Conv2dPass::kFilterGrad, &plan, Conv2dAlgorithm::kSparse).ok());
  Conv2dOperands given(plan.sizes(), Conv2dPass::kFilterGrad);
  std::vector<float> workspace(plan.WorkspaceSize(1)), out(given.out);
  SerialFor serial;
  const Status status = plan.Run(Read(given.first), Read(given.second), serial,
                                 {workspace.data(), static_cast<int64_t>(workspace.size())}, {out.data(), given.out});
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "weights must be prepared for the gradient of those that are kept");
}

TEST(SparseConv2dPlan, RefusesWhatIsTooLarge) {
  const auto is_made = [](const Conv2dDescriptor& descriptor) {
    Conv2dPlan plan;
    return Conv2dPlan::Create(descriptor, Conv2dPass::kForward, &plan, Conv2dAlgorithm::kSparse).ok();
  };
  EXPECT_TRUE(is_made(testing::Square(1, 9, 9, 2, 2, 3, 2, 1)));
  // One row of one channel leaves the panel.
  EXPECT_FALSE(is_made(testing::Square(1, 1 << 20, 1 << 20, 1, 1, 3, 1, 1)));
  EXPECT_FALSE(is_made(testing::Square(1, 1, 1, 1, 1, 3, 1, 1 << 21, 1 << 20)));
  EXPECT_FALSE(is_made(testing::Square(1, 200, 200, 1, 1, 1, 65)));
}

}  // namespace
}  // namespace winnow
