#include "core/sparse/csr.h"

#include "core/sparse/testing.h"
#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

/// 3 x 4: [1 . 2 .] [. . . .] [. 3 4 5].
struct Example {
  std::vector<float> values = {1, 2, 3, 4, 5};
  std::vector<int32_t> columns = {0, 2, 1, 2, 3};
  std::vector<int32_t> offsets = {0, 2, 2, 5};
  int64_t rows = 3, width = 4;

  std::string Error() {
    SerialFor serial;
    const int64_t nnz = static_cast<int64_t>(values.size());
    return CheckCsr({rows, width, nnz, values.data(), columns.data(), nullptr, offsets.data()}, serial).message();
  }
};

TEST(CsrTest, AcceptsWhatIsRight) { EXPECT_EQ(Example().Error(), ""); }

TEST(CsrTest, NamesTheFirstBadEntry) {
  const auto error = [](auto&& breakIt) {
    Example example;
    breakIt(example);
    return example.Error();
  };
  EXPECT_EQ(error([](Example& e) { e.columns[4] = 4; }), "columnIndices[4] must be in [0, 4), got 4");
  EXPECT_EQ(error([](Example& e) { e.columns[0] = -1; }), "columnIndices[0] must be in [0, 4), got -1");
  EXPECT_EQ(error([](Example& e) { e.columns = {0, 2, 9, 2, -7}; }), "columnIndices[2] must be in [0, 4), got 9");
  EXPECT_EQ(error([](Example& e) { e.columns[3] = 1; }),
            "columnIndices[3] must be greater than columnIndices[2] = 1 in the same row 2, got 1");
  EXPECT_EQ(error([](Example& e) { e.offsets[0] = 1; }), "rowOffsets[0] must be 0, got 1");
  EXPECT_EQ(error([](Example& e) { e.offsets[2] = 1; }), "rowOffsets[2] must be at least rowOffsets[1] = 2, got 1");
  EXPECT_EQ(error([](Example& e) { e.offsets[1] = 6; }),
            "rowOffsets[1] must be at most the number of entries 5, got 6");
  EXPECT_EQ(error([](Example& e) { e.offsets[3] = 4; }), "rowOffsets[3] must be the number of entries 5, got 4");
  EXPECT_EQ(error([](Example& e) { e.rows = -1; }), "rows must be in [0, 67108864], got -1");
  EXPECT_EQ(error([](Example& e) { e.width = int64_t{1} << 27; }), "columns must be in [0, 67108864], got 134217728");
}

TEST(CsrTest, NamesTheFirstOfManyBadRowsOnAnyThread) {
  OwnedCsr matrix = testing::RandomCsr(3000, 50, 0.4, 1);
  for (int64_t row = 1000; row < 3000; ++row) matrix.column_indices[matrix.row_offsets[row]] = 50;
  ThreadPool pool(4);
  const std::string entry = std::to_string(matrix.row_offsets[1000]);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(CheckCsr(matrix.view(), pool).message(), "columnIndices[" + entry + "] must be in [0, 50), got 50");
  }
}

TEST(CsrTest, Transposes) {
  for (const testing::SparseShape& shape : testing::SparseShapes()) {
    const OwnedCsr matrix = testing::RandomCsr(shape.rows, shape.columns, shape.density, 2);
    const OwnedCsr transposed = TransposeCsr(matrix.view());
    SerialFor serial;
    ASSERT_TRUE(CheckCsr(transposed.view(), serial).ok()) << shape.name();
    std::vector<float> dense(shape.rows * shape.columns), expected(shape.rows * shape.columns);
    for (int64_t row = 0; row < shape.rows; ++row) {
      for (int32_t i = matrix.row_offsets[row]; i < matrix.row_offsets[row + 1]; ++i) {
        expected[row * shape.columns + matrix.column_indices[i]] = matrix.values[i];
      }
    }
    for (int64_t row = 0; row < shape.columns; ++row) {
      for (int32_t i = transposed.row_offsets[row]; i < transposed.row_offsets[row + 1]; ++i) {
        dense[transposed.column_indices[i] * shape.columns + row] = transposed.values[i];
      }
    }
    EXPECT_EQ(dense, expected) << shape.name();
  }
}

}  // namespace
}  // namespace winnow
