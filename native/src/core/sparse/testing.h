#ifndef WINNOW_CORE_SPARSE_TESTING_H_
#define WINNOW_CORE_SPARSE_TESTING_H_

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/sparse/csr.h"

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

inline std::vector<float> RandomFloats(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> floats(count);
  for (float& value : floats) value = normal(random);
  return floats;
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

}  // namespace winnow::testing

#endif  // WINNOW_CORE_SPARSE_TESTING_H_
