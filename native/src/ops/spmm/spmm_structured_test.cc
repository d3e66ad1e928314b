// Products with N:M matrices and matrices of blocks, plans whose values change, and GELU.
#include <string>

#include "core/sparse/testing.h"
#include "core/testing.h"
#include "core/thread_pool.h"
#include "ops/spmm/spmm.h"

namespace winnow {
namespace {

class SpmmStructuredTest : public testing::EveryIsa {};

/// Every form of a product with `matrix` against the scalar product with the same matrix as CSR.
template <typename Matrix>
void ExpectProducts(Isa isa, const Matrix& matrix, const OwnedCsr& csr, int64_t tokens, const std::string& what) {
  ThreadPool pool(2);
  for (int variant = 0; variant < 16; ++variant) {
    const bool transposed = variant & 1, input_outer = variant & 2, output_outer = variant & 4, plain = variant & 8;
    const int64_t units = transposed ? csr.columns : csr.rows, channels = transposed ? csr.rows : csr.columns;
    const std::vector<float> input = testing::RandomFloats(tokens * channels, 4),
                             bias = testing::RandomFloats(units, 5);
    const SpmmArguments arguments = {{input.data(), input_outer},
                                     tokens,
                                     plain ? nullptr : bias.data(),
                                     plain ? Activation::kNone : Activation::kRelu};
    std::vector<float> actual(tokens * units + 1, 77), expected = actual;
    ASSERT_TRUE(Spmm(matrix, transposed, arguments, pool, {actual.data(), output_outer}).ok());
    ASSERT_TRUE(SpmmReference(csr.view(), transposed, arguments, {expected.data(), output_outer}).ok());
    testing::ExpectEqual(isa, actual, expected, what + ", variant " + std::to_string(variant));
  }
}

TEST_P(SpmmStructuredTest, TakesNmMatrices) {
  for (const auto& [n, m] : {std::pair{2, 4}, {1, 4}, {1, 1}, {4, 8}, {1, 16}, {3, 5}, {256, 256}}) {
    for (const auto& [rows, columns, tokens] :
         {std::tuple{0, 8, 5}, {3, 0, 70}, {1, 1, 1}, {65, 130, 67}, {70, 301, 17}, {5, 3, 40}}) {
      const testing::TestNm matrix = testing::RandomNm(rows, columns, n, m, 11);
      const std::string name = std::to_string(n) + ":" + std::to_string(m) + " " + std::to_string(columns);
      ASSERT_EQ(matrix.view().nnz(), static_cast<int64_t>(matrix.values.size())) << name;
      ExpectProducts(GetParam(), matrix.view(), matrix.csr, tokens, name);
    }
  }
}

TEST_P(SpmmStructuredTest, TakesMatricesOfBlocks) {
  for (const auto& [r, c] : {std::pair{1, 1}, {4, 4}, {2, 3}, {16, 16}, {3, 7}, {5, 1}, {6, 200}, {64, 2}, {100, 9}}) {
    for (const auto& [rows, columns, tokens] :
         {std::tuple{0, 8, 5}, {3, 0, 70}, {1, 1, 1}, {64, 64, 64}, {130, 70, 67}, {70, 301, 17}, {67, 1100, 33}}) {
      for (double density : {0.0, 0.3, 1.0}) {
        const testing::TestBlocks matrix = testing::RandomBlocks(rows, columns, r, c, density, 12);
        const std::string name = std::to_string(r) + "x" + std::to_string(c) + " in " + std::to_string(rows) + "x" +
                                 std::to_string(columns) + ", " + std::to_string(density);
        ExpectProducts(GetParam(), matrix.view(), matrix.csr, tokens, name);
      }
    }
  }
}

TEST_P(SpmmStructuredTest, RefreshesTheValuesOfAPlan) {
  SerialFor serial;
  ThreadPool pool(3);
  const auto expect_equal = [&](const auto& numbered, const auto& matrix, int64_t tokens) {
    for (bool transposed : {false, true}) {
      SpmmPlan pattern, refreshed;
      ASSERT_TRUE(MakeSpmmPlan(numbered, transposed, serial, &pattern).ok());
      ASSERT_TRUE(pattern.WithValues(matrix.values, pool, &refreshed).ok());
      const std::vector<float> input = testing::RandomFloats(tokens * pattern.channels(), 13);
      const SpmmArguments arguments = {{input.data(), true}, tokens, nullptr, Activation::kNone};
      std::vector<float> actual(tokens * pattern.units()), expected = actual;
      ASSERT_TRUE(Spmm(refreshed, arguments, pool, {actual.data(), true}).ok());
      ASSERT_TRUE(Spmm(matrix, transposed, arguments, pool, {expected.data(), true}).ok());
      EXPECT_EQ(testing::BitsOf(actual), testing::BitsOf(expected));
    }
  };
  const auto numbers = [](int64_t count) {
    std::vector<float> floats(count);
    for (int64_t i = 0; i < count; ++i) {
      const uint32_t number = static_cast<uint32_t>(i);
      std::memcpy(&floats[i], &number, sizeof(number));
    }
    return floats;
  };
  const OwnedCsr csr = testing::RandomCsr(130, 300, 0.2, 14);
  const std::vector<float> csr_numbers = numbers(csr.values.size());
  CsrMatrix numbered_csr = csr.view();
  numbered_csr.values = csr_numbers.data();
  expect_equal(numbered_csr, csr.view(), 20);
  for (const auto& [r, c] : {std::pair{4, 4}, {3, 5}, {1, 9}}) {
    const testing::TestBlocks blocks = testing::RandomBlocks(130, 300, r, c, 0.3, 15);
    const std::vector<float> block_numbers = numbers(blocks.values.size());
    BlockMatrix numbered = blocks.view();
    numbered.values = block_numbers.data();
    expect_equal(numbered, blocks.view(), 20);
  }
}

TEST_P(SpmmStructuredTest, AppliesGelu) {
  ThreadPool pool(2);
  const OwnedCsr matrix = testing::RandomCsr(70, 90, 0.3, 16);
  for (bool outer : {false, true}) {
    for (int64_t tokens : {1, 20, 64, 130}) {
      const std::vector<float> input = testing::RandomFloats(tokens * 90, 17), bias = testing::RandomFloats(70, 18);
      SpmmArguments arguments = {{input.data(), true}, tokens, bias.data(), Activation::kGelu};
      std::vector<float> actual(tokens * 70), expected = actual, sums = actual, expected_sums = actual, alone = actual;
      ASSERT_TRUE(Spmm(matrix.view(), false, arguments, pool, {actual.data(), outer}, sums.data()).ok());
      ASSERT_TRUE(Spmm(matrix.view(), false, arguments, pool, {alone.data(), outer}).ok());
      ASSERT_TRUE(SpmmReference(matrix.view(), false, arguments, {expected.data(), outer}).ok());
      arguments.activation = Activation::kNone;
      ASSERT_TRUE(SpmmReference(matrix.view(), false, arguments, {expected_sums.data(), outer}).ok());
      const float most = GetParam() == Isa::kBaseline ? 1e-4f : 1e-6f;
      EXPECT_LT(testing::LargestDifference(actual, expected), most);
      EXPECT_EQ(testing::BitsOf(alone), testing::BitsOf(actual));
      testing::ExpectEqual(GetParam(), sums, expected_sums, "sums");
    }
  }
}

TEST(SpmmStructured, RefusesBrokenMatrices) {
  SerialFor serial;
  SpmmPlan plan;
  testing::TestNm nm = testing::RandomNm(3, 8, 2, 4, 19);
  nm.positions = {0, 1, 0, 1, 0, 1, 3, 2, 0, 1, 0, 4};
  EXPECT_EQ(MakeSpmmPlan(nm.view(), false, serial, &plan).message(),
            "positions[7] must be greater than positions[6] = 3 in the same group, got 2");
  nm.positions[7] = 200;
  EXPECT_EQ(MakeSpmmPlan(nm.view(), true, serial, &plan).message(), "positions[7] must be in [0, 4), got 200");
  nm.n = 5;
  EXPECT_EQ(MakeSpmmPlan(nm.view(), false, serial, &plan).message(), "n must be in [1, 4], got 5");

  testing::TestBlocks blocks = testing::RandomBlocks(10, 10, 4, 4, 1, 20);
  blocks.blocks.column_indices[4] = 3;
  EXPECT_EQ(MakeSpmmPlan(blocks.view(), false, serial, &plan).message(), "columnIndices[4] must be in [0, 3), got 3");
  blocks.block_rows = 0;
  EXPECT_EQ(MakeSpmmPlan(blocks.view(), false, serial, &plan).code(), StatusCode::kInvalidArgument);
  blocks.block_rows = 1 << 26;
  blocks.block_columns = 1 << 26;
  EXPECT_EQ(MakeSpmmPlan(blocks.view(), false, serial, &plan).code(), StatusCode::kInvalidArgument);
}

WINNOW_FOR_EVERY_ISA(SpmmStructuredTest);

}  // namespace
}  // namespace winnow
