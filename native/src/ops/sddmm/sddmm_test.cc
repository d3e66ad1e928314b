#include "ops/sddmm/sddmm.h"

#include "core/sparse/testing.h"
#include "core/testing.h"
#include "core/thread_pool.h"
#include "core/workspace_pool.h"

namespace winnow {
namespace {

class SddmmTest : public testing::EveryIsa {};

TEST_P(SddmmTest, EqualsTheReference) {
  ThreadPool pool(2);
  for (const testing::SparseShape& shape : testing::SparseShapes()) {
    const OwnedCsr matrix = testing::RandomCsr(shape.rows, shape.columns, shape.density, 3);
    const std::vector<float> rows = testing::RandomFloats(shape.tokens * shape.rows, 4);
    const std::vector<float> columns = testing::RandomFloats(shape.tokens * shape.columns, 5);
    const std::vector<uint16_t> indices(matrix.column_indices.begin(), matrix.column_indices.end());
    for (int variant = 0; variant < 8; ++variant) {
      CsrMatrix pattern = matrix.view();
      pattern.values = nullptr;
      if (variant & 4) {
        pattern.column_indices = nullptr;
        pattern.short_column_indices = indices.data();
      }
      const SddmmArguments arguments = {
          pattern, {rows.data(), (variant & 1) != 0}, {columns.data(), (variant & 2) != 0}, shape.tokens};
      std::vector<float> actual(pattern.nnz + 1, 77), expected = actual;
      ASSERT_TRUE(Sddmm(arguments, pool, actual.data()).ok());
      ASSERT_TRUE(SddmmReference(arguments, expected.data()).ok());
      if (GetParam() == Isa::kBaseline) {
        EXPECT_LT(testing::LargestDifference(actual, expected), 1e-4f) << shape.name() << ", variant " << variant;
      } else {
        EXPECT_EQ(testing::BitsOf(actual), testing::BitsOf(expected)) << shape.name() << ", variant " << variant;
      }
    }
  }
}

TEST_P(SddmmTest, BorrowsItsPanels) {
  const OwnedCsr matrix = testing::RandomCsr(20, 3000, 0.1, 6);
  const std::vector<float> rows = testing::RandomFloats(20, 7), columns = testing::RandomFloats(3000, 8);
  std::vector<float> values(matrix.values.size());
  SerialFor serial;
  ASSERT_TRUE(Sddmm({matrix.view(), {rows.data(), true}, {columns.data(), true}, 1}, serial, values.data()).ok());
  // What came back last is lent next.
  EXPECT_GE(WorkspacePool::Shared().Lend(1).floats(), 3000 * kPanelTokens);
}

TEST_P(SddmmTest, IsEqualForEveryNumberOfThreads) {
  const OwnedCsr matrix = testing::RandomCsr(200, 100, 0.2, 6);
  const std::vector<float> rows = testing::RandomFloats(150 * 200, 7), columns = testing::RandomFloats(150 * 100, 8);
  const SddmmArguments arguments = {matrix.view(), {rows.data(), true}, {columns.data(), true}, 150};
  std::vector<float> expected(matrix.values.size()), actual(matrix.values.size());
  SerialFor serial;
  ASSERT_TRUE(Sddmm(arguments, serial, expected.data()).ok());
  for (int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    ASSERT_TRUE(Sddmm(arguments, pool, actual.data()).ok());
    EXPECT_EQ(testing::BitsOf(actual), testing::BitsOf(expected)) << threads;
  }
}

TEST_P(SddmmTest, RefusesBrokenPatterns) {
  OwnedCsr matrix = testing::RandomCsr(4, 5, 1, 10);
  matrix.row_offsets[2] = 3;
  std::vector<float> rows(4), columns(5), values(20);
  SerialFor serial;
  const Status status = Sddmm({matrix.view(), {rows.data(), true}, {columns.data(), true}, 1}, serial, values.data());
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "rowOffsets[2] must be at least rowOffsets[1] = 5, got 3");
}

TEST_P(SddmmTest, FillsBlocks) {
  ThreadPool pool(2);
  for (const auto& [r, c] : {std::pair{4, 4}, {3, 5}, {16, 1}}) {
    const testing::TestBlocks blocks = testing::RandomBlocks(70, 51, r, c, 0.3, 11);
    const std::vector<float> rows = testing::RandomFloats(90 * 70, 12), columns = testing::RandomFloats(90 * 51, 13);
    std::vector<float> actual(blocks.values.size(), 77), entries(blocks.csr.column_indices.size());
    BlockMatrix pattern = blocks.view();
    ASSERT_TRUE(SddmmBlocks(pattern, {rows.data(), true}, {columns.data(), false}, 90, pool, actual.data()).ok());
    ASSERT_TRUE(
        SddmmReference({blocks.csr.view(), {rows.data(), true}, {columns.data(), false}, 90}, entries.data()).ok());
    // As a matrix of blocks whose values the entries are: both list the same places, NaN standing beyond the edges.
    std::vector<float> dense(70 * 51), expected(blocks.values.size());
    for (int64_t row = 0; row < 70; ++row) {
      for (int32_t i = blocks.csr.row_offsets[row]; i < blocks.csr.row_offsets[row + 1]; ++i) {
        dense[row * 51 + blocks.csr.column_indices[i]] = entries[i];
      }
    }
    for (int64_t block_row = 0, at = 0; block_row < blocks.blocks.rows; ++block_row) {
      for (int32_t i = blocks.blocks.row_offsets[block_row]; i < blocks.blocks.row_offsets[block_row + 1]; ++i) {
        for (int64_t k = 0; k < r * c; ++k, ++at) {
          const int64_t row = block_row * r + k / c, column = blocks.blocks.column_indices[i] * c + k % c;
          if (row < 70 && column < 51) expected[at] = dense[row * 51 + column];
        }
      }
    }
    EXPECT_LT(testing::LargestDifference(actual, expected), GetParam() == Isa::kBaseline ? 1e-4f : 1e-30f);
    pattern.block_rows = 0;
    EXPECT_FALSE(SddmmBlocks(pattern, {rows.data(), true}, {columns.data(), false}, 90, pool, actual.data()).ok());
  }
}

WINNOW_FOR_EVERY_ISA(SddmmTest);

}  // namespace
}  // namespace winnow
