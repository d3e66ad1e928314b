#include <vector>

#include "ops/conv3x3/conv3x3.h"

namespace winnow {
namespace {

/// Calls each(position in x, place in the filter, position in y) for every pair that meets.
template <typename Each>
void ForEachPair(const Conv3x3Shape& shape, const Each& each) {
  for (int64_t image = 0; image < shape.images; ++image) {
    for (int64_t row = 0; row < shape.height; ++row) {
      for (int64_t column = 0; column < shape.width; ++column) {
        for (int place = 0; place < 9; ++place) {
          const int64_t from_row = row + place / 3 - 1, from_column = column + place % 3 - 1;
          if (from_row < 0 || from_row >= shape.height || from_column < 0 || from_column >= shape.width) continue;
          const int64_t first = image * shape.height;
          each((first + from_row) * shape.width + from_column, place, (first + row) * shape.width + column);
        }
      }
    }
  }
}

void Round(const std::vector<double>& sums, float* out) {
  for (size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<float>(sums[i]);
}

}  // namespace

void Conv3x3Reference(const Conv3x3Shape& shape, const float* x, const float* filter, float* y) {
  const int64_t inputs = shape.inputs, outputs = shape.outputs;
  std::vector<double> sums(shape.images * shape.height * shape.width * outputs);
  ForEachPair(shape, [&](int64_t from, int place, int64_t to) {
    for (int64_t i = 0; i < inputs; ++i) {
      for (int64_t o = 0; o < outputs; ++o) {
        sums[to * outputs + o] += double{x[from * inputs + i]} * filter[(place * inputs + i) * outputs + o];
      }
    }
  });
  Round(sums, y);
}

void Conv3x3InputGradReference(const Conv3x3Shape& shape, const float* dy, const float* filter, float* dx) {
  const int64_t inputs = shape.inputs, outputs = shape.outputs;
  std::vector<double> sums(shape.images * shape.height * shape.width * inputs);
  ForEachPair(shape, [&](int64_t from, int place, int64_t to) {
    for (int64_t i = 0; i < inputs; ++i) {
      for (int64_t o = 0; o < outputs; ++o) {
        sums[from * inputs + i] += double{dy[to * outputs + o]} * filter[(place * inputs + i) * outputs + o];
      }
    }
  });
  Round(sums, dx);
}

void Conv3x3FilterGradReference(const Conv3x3Shape& shape, const float* x, const float* dy, float* dfilter) {
  const int64_t inputs = shape.inputs, outputs = shape.outputs;
  std::vector<double> sums(9 * inputs * outputs);
  ForEachPair(shape, [&](int64_t from, int place, int64_t to) {
    for (int64_t i = 0; i < inputs; ++i) {
      for (int64_t o = 0; o < outputs; ++o) {
        sums[(place * inputs + i) * outputs + o] += double{x[from * inputs + i]} * dy[to * outputs + o];
      }
    }
  });
  Round(sums, dfilter);
}

}  // namespace winnow
