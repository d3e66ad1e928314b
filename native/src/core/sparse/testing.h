#ifndef WINNOW_CORE_SPARSE_TESTING_H_
#define WINNOW_CORE_SPARSE_TESTING_H_

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/sparse/block.h"
#include "core/sparse/csr.h"
#include "core/sparse/nm.h"
#include "core/testing.h"

namespace winnow::testing {

/// A random matrix; about `density` of its entries are stored.
inline OwnedCsr RandomCsr(int64_t rows, int64_t columns, double density, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<double> uniform;
  OwnedCsr matrix;
  matrix.rows = rows;
  matrix.columns = columns;
  matrix.row_offsets = {0};
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      if (uniform(random) >= density) continue;
      matrix.column_indices.push_back(static_cast<int32_t>(column));
      matrix.values.push_back(normal(random));
    }
    matrix.row_offsets.push_back(static_cast<int32_t>(matrix.column_indices.size()));
  }
  return matrix;
}

/// A random N:M matrix, and the same with column indices, found without the code under test.
struct TestNm {
  int64_t rows, columns;
  int n, m;
  std::vector<float> values;
  std::vector<uint8_t> positions;
  OwnedCsr csr;

  NmMatrix view() const { return {rows, columns, n, m, values.data(), positions.data()}; }
};
inline TestNm RandomNm(int64_t rows, int64_t columns, int n, int m, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  TestNm matrix{rows, columns, n, m, {}, {}, {rows, columns, {}, {}, {0}}};
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t first = 0; first < columns; first += m) {
      const int size = static_cast<int>(std::min<int64_t>(m, columns - first));
      int missing = static_cast<int>(std::ceil(static_cast<double>(size) * n / m));
      for (int position = 0; position < size; ++position) {
        if (static_cast<int>(random() % (size - position)) >= missing) continue;
        --missing;
        matrix.positions.push_back(static_cast<uint8_t>(position));
        matrix.values.push_back(normal(random));
        matrix.csr.column_indices.push_back(static_cast<int32_t>(first + position));
      }
    }
    matrix.csr.row_offsets.push_back(static_cast<int32_t>(matrix.csr.column_indices.size()));
  }
  matrix.csr.values = matrix.values;
  return matrix;
}

/// A random matrix of blocks, and the same without blocks, found without the code under test. Values beyond the edges
/// are NaN.
struct TestBlocks {
  int64_t rows, columns, block_rows, block_columns;
  std::vector<float> values;
  OwnedCsr blocks;
  OwnedCsr csr;

  BlockMatrix view() const {
    return {rows,
            columns,
            block_rows,
            block_columns,
            static_cast<int64_t>(blocks.column_indices.size()),
            values.data(),
            blocks.column_indices.data(),
            blocks.row_offsets.data()};
  }
};
inline TestBlocks RandomBlocks(int64_t rows, int64_t columns, int64_t block_rows, int64_t block_columns, double density,
                               uint32_t seed) {
  TestBlocks matrix{rows, columns, block_rows, block_columns, {}, {}, {rows, columns, {}, {}, {0}}};
  matrix.blocks =
      RandomCsr((rows + block_rows - 1) / block_rows, (columns + block_columns - 1) / block_columns, density, seed);
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<std::pair<int64_t, float>>> by_row(rows);
  for (int64_t row = 0; row < matrix.blocks.rows; ++row) {
    for (int32_t i = matrix.blocks.row_offsets[row]; i < matrix.blocks.row_offsets[row + 1]; ++i) {
      for (int64_t r = row * block_rows; r < (row + 1) * block_rows; ++r) {
        for (int64_t b = 0; b < block_columns; ++b) {
          const int64_t c = matrix.blocks.column_indices[i] * block_columns + b;
          const bool is_inside = r < rows && c < columns;
          matrix.values.push_back(is_inside ? normal(random) : std::nanf(""));
          if (is_inside) by_row[r].push_back({c, matrix.values.back()});
        }
      }
    }
  }
  for (const auto& row : by_row) {
    for (const auto& [column, value] : row) {
      matrix.csr.column_indices.push_back(static_cast<int32_t>(column));
      matrix.csr.values.push_back(value);
    }
    matrix.csr.row_offsets.push_back(static_cast<int32_t>(matrix.csr.column_indices.size()));
  }
  return matrix;
}

/// Shapes that go wrong first: empty, one row or column, around 16, 32 and 64, several tiles and blocks.
struct SparseShape {
  int64_t rows;
  int64_t columns;
  int64_t tokens;
  double density;

  std::string name() const {
    return std::to_string(rows) + "x" + std::to_string(columns) + ", " + std::to_string(tokens) + " tokens, density " +
           std::to_string(density);
  }
};
inline std::vector<SparseShape> SparseShapes() {
  std::vector<SparseShape> shapes = {{0, 3, 5, 0.5},      {3, 0, 5, 0.5},    {4, 5, 0, 0.5},      {0, 0, 0, 0.5},
                                     {3, 0, 130, 0.5},    {0, 3, 130, 0.5},

                                     {1, 1, 1, 1},        {1, 300, 70, 0.3}, {300, 1, 70, 0.5},   {5, 7, 3, 0},
                                     {17, 33, 16, 1},     {64, 64, 64, 0.5}, {65, 63, 65, 0.2},   {130, 200, 31, 0.1},
                                     {70, 600, 130, 0.2}, {90, 700, 33, 1},  {33, 2100, 17, 0.01}};
  return shapes;
}

/// The largest difference relative to the magnitudes that were summed, about 1 for normal data.
inline float LargestDifference(const std::vector<float>& a, const std::vector<float>& b) {
  float largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::fmax(largest, std::fabs(a[i] - b[i]) / (1 + std::fabs(b[i])));
  return largest;
}

/// Where multiply-adds are fused as in the reference, every bit is equal.
inline void ExpectEqual(Isa isa, const std::vector<float>& actual, const std::vector<float>& expected,
                        const std::string& what) {
  if (isa == Isa::kBaseline) {
    EXPECT_LT(LargestDifference(actual, expected), 1e-4f) << what;
  } else {
    EXPECT_EQ(BitsOf(actual), BitsOf(expected)) << what;
  }
}

}  // namespace winnow::testing

#endif  // WINNOW_CORE_SPARSE_TESTING_H_
