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
