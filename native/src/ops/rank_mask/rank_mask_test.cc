#include "ops/rank_mask/rank_mask.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

class RankMaskTest : public testing::EveryIsa {};

/// Masks of every kernel, with a sentinel behind each.
std::vector<std::vector<uint8_t>> Masks(const std::vector<testing::TestKernel>& kernels) {
  std::vector<std::vector<uint8_t>> masks;
  for (const testing::TestKernel& kernel : kernels) masks.emplace_back(kernel.weights.size() + 1, 77);
  return masks;
}

std::vector<RankItem> Items(const std::vector<testing::TestKernel>& kernels, const RankRule& rule, double part,
                            std::vector<std::vector<uint8_t>>* masks) {
  std::vector<RankItem> items;
  for (size_t i = 0; i < kernels.size(); ++i) {
    const KernelMatrix matrix = kernels[i].matrix();
    int64_t most = matrix.size();
    if (rule.scope == RankScope::kColumn) most = matrix.fan_in;
    if (rule.scope == RankScope::kBlock) most = BlockCountOf(matrix, rule);
    items.push_back({matrix, static_cast<int64_t>(part * static_cast<double>(most)), (*masks)[i].data()});
  }
  return items;
}

TEST_P(RankMaskTest, EqualsSorting) {
  const std::vector<testing::TestKernel> kernels = testing::TestKernels();
  int64_t total = 0;
  for (const testing::TestKernel& kernel : kernels) total += kernel.weights.size();
  for (int scope = 0; scope < kRankScopes; ++scope) {
    for (const auto& block : {std::pair<int, int>{1, 1}, {4, 4}, {3, 16}, {1000, 2}}) {
      if (static_cast<RankScope>(scope) != RankScope::kBlock && block.first != 1) continue;
      for (bool by_magnitude : {false, true}) {
        for (double part : {0.0, 0.29, 0.9, 1.0}) {
          const RankRule rule = {static_cast<RankScope>(scope), by_magnitude, block.first, block.second,
                                 static_cast<int64_t>(part * static_cast<double>(total))};
          auto actual = Masks(kernels), expected = Masks(kernels);
          int64_t failed = 0;
          ASSERT_TRUE(RankMaskReference(Items(kernels, rule, part, &expected), rule, &failed).ok());
          for (int threads : {1, 3}) {
            ThreadPool pool(threads);
            ASSERT_TRUE(RankMask(Items(kernels, rule, part, &actual), rule, pool, &failed).ok());
            for (size_t i = 0; i < kernels.size(); ++i) {
              ASSERT_EQ(actual[i], expected[i]) << kernels[i].name << ", scope " << scope << ", part " << part;
            }
          }
        }
      }
    }
  }
}

TEST_P(RankMaskTest, RanksSignedScoresAndTies) {
  const std::vector<float> scores = {-2, 0, 1, -0.0f, 0, -2};
  std::vector<uint8_t> mask(6);
  SerialFor serial;
  int64_t failed = 0;
  ASSERT_TRUE(
      RankMask({{{scores.data(), 3, 2}, 3, mask.data()}}, {RankScope::kLayer, false, 1, 1, 0}, serial, &failed).ok());
  EXPECT_EQ(mask, (std::vector<uint8_t>{0, 0, 1, 1, 1, 0}));
}

TEST_P(RankMaskTest, KeepsTwoOfFourAndMoreThanHalfOfTheRest) {
  const std::vector<float> column = {1, -3, 2, 2, 5, 4, 4};
  std::vector<uint8_t> mask(7);
  SerialFor serial;
  int64_t failed = 0;
  const RankRule rule = {RankScope::kTwoOfFour, true, 1, 1, 0};
  ASSERT_TRUE(RankMask({{{column.data(), 7, 1}, 0, mask.data()}}, rule, serial, &failed).ok());
  EXPECT_EQ(mask, (std::vector<uint8_t>{0, 1, 0, 1, 1, 0, 1}));
}

TEST_P(RankMaskTest, RefusesWhatIsOutOfRange) {
  const std::vector<float> good(6, 1.0f);
  std::vector<float> bad = good;
  bad[4] = -std::numeric_limits<float>::quiet_NaN();
  std::vector<uint8_t> mask(6);
  SerialFor serial;
  int64_t failed = -1;
  const auto rank = [&](const std::vector<float>& second, int64_t count, RankRule rule) {
    return RankMask({{{good.data(), 3, 2}, 0, mask.data()}, {{second.data(), 3, 2}, count, mask.data()}}, rule, serial,
                    &failed)
        .message();
  };
  EXPECT_EQ(rank(good, 4, {RankScope::kColumn, true, 1, 1, 0}), "count must be in [0, 3], got 4");
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(rank(good, 3, {RankScope::kBlock, true, 3, 1, 0}), "count must be in [0, 2], got 3");
  EXPECT_EQ(rank(good, 0, {RankScope::kBlock, true, 0, 1, 0}),
            "block must have at least 1 row and 1 column, got 0 x 1");
  EXPECT_EQ(rank(good, 0, {RankScope::kGlobal, true, 1, 1, 13}), "count must be in [0, 12], got 13");
  EXPECT_EQ(rank(bad, 0, {RankScope::kLayer, false, 1, 1, 0}), "kernel must not contain NaN, got NaN at index 4");
  EXPECT_EQ(failed, 1);
}

WINNOW_FOR_EVERY_ISA(RankMaskTest);

}  // namespace
}  // namespace winnow
