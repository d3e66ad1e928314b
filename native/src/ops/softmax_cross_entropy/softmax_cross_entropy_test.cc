#include "ops/softmax_cross_entropy/softmax_cross_entropy.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

/// Arguments that own their memory.
struct Case {
  Case(int64_t rows, int64_t classes, float smoothing, bool ignores) {
    std::mt19937 random(static_cast<unsigned>(rows * 31 + classes));
    std::normal_distribution<float> normal(0, 3);
    for (int64_t i = 0; i < rows * classes; ++i) logits.push_back(normal(random));
    for (int64_t i = 0; i < rows; ++i) labels.push_back(static_cast<int32_t>(i * 7919 % classes));
    for (int64_t i = 0; i < rows; ++i) dlosses.push_back(normal(random));
    if (ignores) {
      for (int64_t i = 0; i < rows; i += 3) labels[i] = -100;
    }
    arguments = {logits.data(), labels.data(), rows, classes, smoothing, ignores, -100};
  }

  std::vector<float> logits, dlosses;
  std::vector<int32_t> labels;
  CrossEntropyArguments arguments;
};

class CrossEntropyTest : public testing::EveryIsa {};

TEST_P(CrossEntropyTest, EqualsTheReference) {
  ThreadPool pool(3);
  for (const auto& [rows, classes] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 5}, {1, 1}, {4, 2}, {3, 15}, {5, 16}, {7, 17}, {9, 100}, {2, 1024}, {3, 1025}, {2, 40000}}) {
    for (float smoothing : {0.0f, 0.1f, 1.0f}) {
      for (bool ignores : {false, true}) {
        const Case c(rows, classes, smoothing, ignores);
        std::vector<float> losses(rows), sums(rows), expected_losses(rows), expected_sums(rows);
        ASSERT_TRUE(SoftmaxCrossEntropy(c.arguments, pool, losses.data(), sums.data()).ok());
        SoftmaxCrossEntropyReference(c.arguments, expected_losses.data(), expected_sums.data());
        for (int64_t i = 0; i < rows; ++i) {
          EXPECT_NEAR(losses[i], expected_losses[i], 2e-6f * (1 + std::fabs(expected_losses[i])));
          EXPECT_NEAR(sums[i], expected_sums[i], 2e-6f * (1 + std::fabs(expected_sums[i])));
        }
        std::vector<float> gradient(rows * classes, 9), expected(rows * classes);
        ASSERT_TRUE(SoftmaxCrossEntropyGrad(c.arguments, sums.data(), c.dlosses.data(), pool, gradient.data()).ok());
        SoftmaxCrossEntropyGradReference(c.arguments, sums.data(), c.dlosses.data(), expected.data());
        for (size_t i = 0; i < gradient.size(); ++i) {
          ASSERT_NEAR(gradient[i], expected[i], 2e-6f) << i << " of " << rows << "x" << classes;
        }
      }
    }
  }
}

TEST_P(CrossEntropyTest, DoesNotDependOnTheNumberOfThreads) {
  const Case c(64, 333, 0.1f, true);
  std::vector<float> expected(64), sums(64), losses(64);
  SerialFor serial;
  ASSERT_TRUE(SoftmaxCrossEntropy(c.arguments, serial, expected.data(), sums.data()).ok());
  for (int threads : {2, 5}) {
    ThreadPool pool(threads);
    ASSERT_TRUE(SoftmaxCrossEntropy(c.arguments, pool, losses.data(), sums.data()).ok());
    EXPECT_EQ(testing::BitsOf(losses), testing::BitsOf(expected));
  }
}

TEST_P(CrossEntropyTest, TakesLargeAndMaskedLogits) {
  const std::vector<float> logits = {1e4f, 0, -1e4f, -kInf, 2, -kInf, 3e38f, -3e38f, 0};
  const std::vector<int32_t> labels = {0, 1, 0};
  std::vector<float> losses(3), sums(3);
  SerialFor serial;
  ASSERT_TRUE(
      SoftmaxCrossEntropy({logits.data(), labels.data(), 3, 3, 0, false, 0}, serial, losses.data(), sums.data()).ok());
  EXPECT_EQ(losses, (std::vector<float>{0, 0, 0}));
  std::vector<float> gradient(9);
  const std::vector<float> ones(3, 1);
  ASSERT_TRUE(SoftmaxCrossEntropyGrad({logits.data(), labels.data(), 3, 3, 0, false, 0}, sums.data(), ones.data(),
                                      serial, gradient.data())
                  .ok());
  for (float value : gradient) EXPECT_EQ(value, 0);
}

TEST_P(CrossEntropyTest, PassesNan) {
  for (size_t at : {0, 3, 18}) {
    std::vector<float> logits(19, 1.0f);
    logits[at] = std::numeric_limits<float>::quiet_NaN();
    const int32_t label = 7;
    float loss, sum;
    SerialFor serial;
    ASSERT_TRUE(SoftmaxCrossEntropy({logits.data(), &label, 1, 19, 0, false, 0}, serial, &loss, &sum).ok());
    EXPECT_TRUE(std::isnan(loss));
  }
}

TEST_P(CrossEntropyTest, NamesTheFirstLabelOutOfRange) {
  Case c(5, 4, 0, false);
  c.labels[3] = 4;
  c.labels[4] = -1;
  std::vector<float> losses(5), sums(5);
  SerialFor serial;
  const Status status = SoftmaxCrossEntropy(c.arguments, serial, losses.data(), sums.data());
  EXPECT_EQ(status.message(), "labels must be in [0, 4), got 4 at index 3");
}

WINNOW_FOR_EVERY_ISA(CrossEntropyTest);

}  // namespace
}  // namespace winnow
