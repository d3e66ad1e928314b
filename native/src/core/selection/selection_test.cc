#include "core/selection/selection.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

class SelectionTest : public testing::EveryIsa {};

/// What a Selection says about every entry.
std::vector<bool> Expand(const KernelMatrix& kernel, const Selection& selection) {
  std::vector<bool> selected;
  for (int64_t row = 0; row < kernel.fan_in; ++row) {
    for (int64_t column = 0; column < kernel.units; ++column) {
      uint32_t key;
      std::memcpy(&key, &kernel.data[row * kernel.units + column], sizeof(key));
      key &= 0x7fffffff;
      selected.push_back(key < selection.bound[column] + (row <= selection.tie_row[column] ? 1 : 0));
    }
  }
  return selected;
}

TEST_P(SelectionTest, EqualsSorting) {
  ThreadPool pool(3);
  for (const testing::TestKernel& kernel : testing::TestKernels()) {
    for (Granularity granularity : {Granularity::kWeight, Granularity::kUnit}) {
      const int64_t most = granularity == Granularity::kWeight ? kernel.fan_in : kernel.units;
      for (int64_t count : testing::TestCounts(most)) {
        Selection selection;
        std::vector<bool> expected;
        ASSERT_TRUE(SelectLowest(kernel.matrix(), granularity, count, pool, &selection).ok());
        ASSERT_TRUE(SelectLowestReference(kernel.matrix(), granularity, count, &expected).ok());
        EXPECT_EQ(Expand(kernel.matrix(), selection), expected)
            << kernel.name << ", count " << count << ", granularity " << static_cast<int>(granularity);
      }
    }
  }
}

/// Starts from where the weights were, from nowhere and from rubbish.
std::vector<std::vector<int32_t>> Starts(const Selection& selection, int64_t units) {
  const auto bound = [&](int64_t column) { return static_cast<int32_t>(selection.bound[column]); };
  std::vector<std::vector<int32_t>> starts(7, std::vector<int32_t>(units));
  for (int64_t i = 0; i < units; ++i) {
    starts[0][i] = 0;
    starts[1][i] = bound(i);
    starts[2][i] = bound(i) + (i % 2 == 0 ? 30'000 : -30'000);
    starts[3][i] = static_cast<int32_t>(0x9e3779b9u * static_cast<uint32_t>(i + 1));
    starts[4][i] = 0x7fc00000;  // NaN
    starts[5][i] = -1;
    starts[6][i] = i % 5 == 3 ? 1 : bound(i);
  }
  return starts;
}

TEST_P(SelectionTest, DoesNotDependOnTheStart) {
  ThreadPool pool(2);
  std::vector<testing::TestKernel> kernels = testing::TestKernels();
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  for (const int64_t shape : {1000, 2305}) {
    testing::TestKernel tall{"tall", shape, 50, {}};
    for (int64_t i = 0; i < tall.fan_in * tall.units; ++i) {
      // The second half of the columns has values of few kinds: a bracket there holds too many.
      const float weight = normal(random);
      tall.weights.push_back(i % tall.units < 25 ? weight : std::round(4 * weight) / 4);
    }
    kernels.push_back(tall);
  }
  for (const testing::TestKernel& kernel : kernels) {
    for (int64_t count : testing::TestCounts(kernel.fan_in)) {
      std::vector<bool> expected;
      ASSERT_TRUE(SelectLowestReference(kernel.matrix(), Granularity::kWeight, count, &expected).ok());
      Selection cold;
      ASSERT_TRUE(SelectLowest(kernel.matrix(), Granularity::kWeight, count, pool, &cold).ok());
      ASSERT_EQ(Expand(kernel.matrix(), cold), expected) << kernel.name << ", count " << count;
      for (const std::vector<int32_t>& start : Starts(cold, kernel.units)) {
        Selection warm;
        ASSERT_TRUE(SelectLowest(kernel.matrix(), Granularity::kWeight, count, pool, &warm, start.data()).ok());
        ASSERT_EQ(warm.bound, cold.bound) << kernel.name << ", count " << count;
        ASSERT_EQ(warm.tie_row, cold.tie_row) << kernel.name << ", count " << count;
      }
    }
  }
}

TEST_P(SelectionTest, FindsNanFromAnyStart) {
  std::vector<float> weights(1000 * 33, 1.0f);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i % 997);
  weights.back() = std::numeric_limits<float>::quiet_NaN();
  SerialFor serial;
  for (int32_t start : {0, 1, 0x3f800000}) {
    const std::vector<int32_t> starts(33, start);
    Selection selection;
    const Status status =
        SelectLowest({weights.data(), 1000, 33}, Granularity::kWeight, 500, serial, &selection, starts.data());
    EXPECT_EQ(status.message(), "kernel must not contain NaN, got NaN at index 32999");
  }
}

TEST_P(SelectionTest, TakesTheLowerRowOfATie) {
  const std::vector<float> column = {1, -2, 2, 2, 0};
  Selection selection;
  SerialFor serial;
  ASSERT_TRUE(SelectLowest({column.data(), 5, 1}, Granularity::kWeight, 3, serial, &selection).ok());
  EXPECT_EQ(Expand({column.data(), 5, 1}, selection), (std::vector<bool>{true, true, false, false, true}));
}

TEST_P(SelectionTest, TakesTheLowerColumnOfATie) {
  const std::vector<float> row = {2, -1, 1, 1};
  Selection selection;
  SerialFor serial;
  ASSERT_TRUE(SelectLowest({row.data(), 1, 4}, Granularity::kUnit, 2, serial, &selection).ok());
  EXPECT_EQ(Expand({row.data(), 1, 4}, selection), (std::vector<bool>{false, true, true, false}));
}

TEST_P(SelectionTest, NamesTheFirstNan) {
  std::vector<float> weights(40 * 33, 1.0f);
  weights[700] = weights[900] = -std::numeric_limits<float>::quiet_NaN();
  SerialFor serial;
  for (Granularity granularity : {Granularity::kWeight, Granularity::kUnit}) {
    for (int64_t count : {0, 5, 33}) {
      Selection selection;
      const Status status = SelectLowest({weights.data(), 40, 33}, granularity, count, serial, &selection);
      EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
      EXPECT_EQ(status.message(), "kernel must not contain NaN, got NaN at index 700");
    }
  }
}

TEST_P(SelectionTest, RefusesACountOutOfRange) {
  const std::vector<float> weights(12, 1.0f);
  SerialFor serial;
  Selection selection;
  const Status weight = SelectLowest({weights.data(), 4, 3}, Granularity::kWeight, 5, serial, &selection);
  EXPECT_EQ(weight.message(), "count must be in [0, 4], got 5");
  const Status unit = SelectLowest({weights.data(), 4, 3}, Granularity::kUnit, -1, serial, &selection);
  EXPECT_EQ(unit.message(), "count must be in [0, 3], got -1");
}

WINNOW_FOR_EVERY_ISA(SelectionTest);

}  // namespace
}  // namespace winnow
