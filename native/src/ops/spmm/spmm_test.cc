#include "ops/spmm/spmm.h"

#include "core/sparse/testing.h"
#include "core/testing.h"
#include "core/thread_pool.h"
#include "core/workspace_pool.h"

namespace winnow {
namespace {

class SpmmTest : public testing::EveryIsa {};

TEST_P(SpmmTest, EqualsTheReference) {
  ThreadPool pool(2);
  for (const testing::SparseShape& shape : testing::SparseShapes()) {
    const OwnedCsr matrix = testing::RandomCsr(shape.rows, shape.columns, shape.density, 3);
    for (int variant = 0; variant < 16; ++variant) {
      const bool transposed = variant & 1, input_outer = variant & 2, output_outer = variant & 4, plain = variant & 8;
      const int64_t units = transposed ? shape.columns : shape.rows;
      const int64_t channels = transposed ? shape.rows : shape.columns;
      const std::vector<float> input = testing::RandomFloats(shape.tokens * channels, 4);
      const std::vector<float> bias = testing::RandomFloats(units, 5);
      const SpmmArguments arguments = {{input.data(), input_outer},
                                       shape.tokens,
                                       plain ? nullptr : bias.data(),
                                       plain ? Activation::kNone : Activation::kRelu};
      // One more, to see writes beyond the end.
      std::vector<float> actual(shape.tokens * units + 1, 77), expected = actual;
      ASSERT_TRUE(Spmm(matrix.view(), transposed, arguments, pool, {actual.data(), output_outer}).ok());
      ASSERT_TRUE(SpmmReference(matrix.view(), transposed, arguments, {expected.data(), output_outer}).ok());
      testing::ExpectEqual(GetParam(), actual, expected, shape.name() + ", variant " + std::to_string(variant));
    }
  }
}

TEST_P(SpmmTest, IsEqualForEveryNumberOfThreads) {
  const OwnedCsr matrix = testing::RandomCsr(200, 300, 0.2, 6);
  const std::vector<float> input = testing::RandomFloats(150 * 300, 7);
  std::vector<float> expected(150 * 200), actual(150 * 200);
  SerialFor serial;
  ASSERT_TRUE(Spmm(matrix.view(), false, {{input.data(), true}, 150, nullptr, Activation::kNone}, serial,
                   {expected.data(), true})
                  .ok());
  for (int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    ASSERT_TRUE(
        Spmm(matrix.view(), false, {{input.data(), true}, 150, nullptr, Activation::kNone}, pool, {actual.data(), true})
            .ok());
    EXPECT_EQ(testing::BitsOf(actual), testing::BitsOf(expected)) << threads;
  }
}

TEST_P(SpmmTest, BorrowsItsPanels) {
  const OwnedCsr matrix = testing::RandomCsr(20, 3000, 0.1, 6);
  const std::vector<float> input = testing::RandomFloats(3000, 7);
  std::vector<float> output(20);
  SerialFor serial;
  const SpmmArguments arguments = {{input.data(), true}, 1, nullptr, Activation::kNone};
  ASSERT_TRUE(Spmm(matrix.view(), false, arguments, serial, {output.data(), true}).ok());
  // What came back last is lent next.
  EXPECT_GE(WorkspacePool::Shared().Lend(1).floats(), 3000 * kPanelTokens);
}

TEST_P(SpmmTest, ReadsShortIndices) {
  const OwnedCsr matrix = testing::RandomCsr(70, 90, 0.3, 8);
  const std::vector<uint16_t> indices(matrix.column_indices.begin(), matrix.column_indices.end());
  CsrMatrix view = matrix.view();
  view.column_indices = nullptr;
  view.short_column_indices = indices.data();
  const std::vector<float> input = testing::RandomFloats(20 * 90, 9);
  const SpmmArguments arguments = {{input.data(), true}, 20, nullptr, Activation::kNone};
  std::vector<float> expected(20 * 70), actual(20 * 70);
  SerialFor serial;
  ASSERT_TRUE(Spmm(matrix.view(), false, arguments, serial, {expected.data(), true}).ok());
  ASSERT_TRUE(Spmm(view, false, arguments, serial, {actual.data(), true}).ok());
  EXPECT_EQ(testing::BitsOf(actual), testing::BitsOf(expected));
}

TEST_P(SpmmTest, PassesNaNThroughReluAndMeetsOnlyStoredWeights) {
  // [1 .; . 1] times a token [NaN, -1]: the NaN stays in its unit.
  const std::vector<float> values = {1, 1}, input = {std::nanf(""), -1};
  const std::vector<int32_t> columns = {0, 1}, offsets = {0, 1, 2};
  const CsrMatrix identity = {2, 2, 2, values.data(), columns.data(), nullptr, offsets.data()};
  std::vector<float> output(2);
  SerialFor serial;
  ASSERT_TRUE(
      Spmm(identity, false, {{input.data(), true}, 1, nullptr, Activation::kRelu}, serial, {output.data(), true}).ok());
  EXPECT_TRUE(std::isnan(output[0]));
  EXPECT_EQ(output[1], 0);
}

TEST_P(SpmmTest, RefusesBrokenMatrices) {
  OwnedCsr matrix = testing::RandomCsr(4, 5, 1, 10);
  matrix.column_indices[7] = 5;
  std::vector<float> input(5), output(5);
  SerialFor serial;
  const SpmmArguments arguments = {{input.data(), true}, 1, nullptr, Activation::kNone};
  const Status status = Spmm(matrix.view(), false, arguments, serial, {output.data(), true});
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "columnIndices[7] must be in [0, 5), got 5");
}

WINNOW_FOR_EVERY_ISA(SpmmTest);

}  // namespace
}  // namespace winnow
