#include "core/gemm/gemm.h"

#include "core/testing.h"

namespace winnow {
namespace {

class GemmTest : public testing::EveryIsa {
 protected:
  const GemmKernels& kernels() const { return GemmOf(GetParam()); }
};

struct Sizes {
  int64_t rows, inner, columns;
};

/// None, one, around every tile's rows and vectors, and several panels.
const Sizes kSizes[] = {{0, 3, 16},  {3, 0, 16},  {3, 3, 0},   {1, 1, 1},     {1, 7, 16},    {2, 5, 17},  {3, 9, 31},
                        {4, 1, 32},  {5, 33, 47}, {6, 2, 48},  {7, 10, 49},   {11, 64, 63},  {12, 3, 64}, {13, 8, 65},
                        {16, 5, 80}, {23, 4, 96}, {29, 6, 97}, {48, 27, 112}, {31, 100, 130}};

struct Case {
  explicit Case(const Sizes& sizes)
      : a(testing::RandomFloats(sizes.rows * sizes.inner, 1)),
        b(testing::RandomFloats(sizes.inner * sizes.columns, 2)) {}
  std::vector<float> a, b;
};

/// One sum along the inner index, fused as the instruction set does it.
std::vector<float> Expected(const Sizes& s, const Case& given, const std::vector<float>& start, bool fused) {
  std::vector<float> c = start;
  for (int64_t r = 0; r < s.rows; ++r) {
    for (int64_t k = 0; k < s.inner; ++k) {
      for (int64_t j = 0; j < s.columns; ++j) {
        float& sum = c[r * s.columns + j];
        const float x = given.a[r * s.inner + k], y = given.b[k * s.columns + j];
        const volatile float product = x * y;
        sum = fused ? std::fma(x, y, sum) : product + sum;
      }
    }
  }
  return c;
}

/// The product in memory with a margin on the right and below that must stay as it is.
std::vector<float> Multiply(const GemmKernels& kernels, const Sizes& s, const LeftFactor& left,
                            const RightFactor& right, const std::vector<float>& start, bool add, int64_t cut) {
  constexpr float kMargin = -77;
  const int64_t padded = PaddedColumns(s.columns), stride = padded + 5;
  std::vector<float> packed(s.inner * padded), c((s.rows + 1) * stride, kMargin);
  for (int64_t begin = 0; begin < s.inner; begin += cut) {
    const int64_t end = std::min(begin + cut, s.inner);
    RightFactor part = right;
    part.data += begin * right.inner_stride;
    PackRight(part, begin, end, s.inner, s.columns, packed.data());
  }
  for (int64_t r = 0; r < s.rows; ++r) {
    for (int64_t j = 0; j < padded; ++j) c[r * stride + j] = j < s.columns ? start[r * s.columns + j] : 0;
  }
  int64_t begin = 0;
  do {
    const int64_t end = std::min(begin + cut, s.inner);
    const LeftFactor part = {left.data + begin * (left.is_transposed ? left.stride : 1), left.stride,
                             left.is_transposed};
    MultiplyPacked(kernels, part, s.rows, packed.data(), begin, end, s.inner, s.columns, c.data(), stride,
                   add || begin > 0);
    begin = end;
  } while (begin < s.inner);
  std::vector<float> result;
  for (int64_t r = 0; r < s.rows + 1; ++r) {
    for (int64_t j = 0; j < stride; ++j) {
      const float value = c[r * stride + j];
      if (r < s.rows && j < s.columns) {
        result.push_back(value);
      } else if (r < s.rows && j < padded) {
        EXPECT_EQ(value, 0);
      } else {
        EXPECT_EQ(value, kMargin);
      }
    }
  }
  return result;
}

TEST_P(GemmTest, EqualsAScalarSumBitForBit) {
  const bool fused = GetParam() != Isa::kBaseline;
  for (const Sizes& s : kSizes) {
    const Case given(s);
    const std::vector<float> zeros(s.rows * s.columns), start = testing::RandomFloats(s.rows * s.columns, 3);
    const LeftFactor left = {given.a.data(), s.inner, false};
    const RightFactor right = {given.b.data(), s.columns, 1};
    for (int64_t cut : {int64_t{1}, int64_t{4}, int64_t{1000}}) {
      EXPECT_EQ(testing::BitsOf(Multiply(kernels(), s, left, right, start, false, cut)),
                testing::BitsOf(Expected(s, given, zeros, fused)))
          << s.rows << "x" << s.inner << "x" << s.columns << " in blocks of " << cut;
      EXPECT_EQ(testing::BitsOf(Multiply(kernels(), s, left, right, start, true, cut)),
                testing::BitsOf(Expected(s, given, start, fused)));
    }
  }
}

TEST_P(GemmTest, ReadsTransposedFactorsAsTheyLie) {
  for (const Sizes& s : kSizes) {
    const Case given(s);
    const std::vector<float> start(s.rows * s.columns);
    std::vector<float> a(given.a.size()), b(given.b.size());
    for (int64_t r = 0; r < s.rows; ++r) {
      for (int64_t k = 0; k < s.inner; ++k) a[k * s.rows + r] = given.a[r * s.inner + k];
    }
    for (int64_t k = 0; k < s.inner; ++k) {
      for (int64_t j = 0; j < s.columns; ++j) b[j * s.inner + k] = given.b[k * s.columns + j];
    }
    const auto straight =
        Multiply(kernels(), s, {given.a.data(), s.inner, false}, {given.b.data(), s.columns, 1}, start, false, 1000);
    const auto turned = Multiply(kernels(), s, {a.data(), s.rows, true}, {b.data(), 1, s.inner}, start, false, 1000);
    EXPECT_EQ(testing::BitsOf(turned), testing::BitsOf(straight));
  }
}

TEST_P(GemmTest, PassesNansOn) {
  const Sizes s = {7, 5, 48};
  Case given(s);
  given.a[2 * s.inner + 3] = std::numeric_limits<float>::quiet_NaN();
  given.b[1 * s.columns + 32] = std::numeric_limits<float>::infinity();
  const auto c = Multiply(kernels(), s, {given.a.data(), s.inner, false}, {given.b.data(), s.columns, 1},
                          std::vector<float>(s.rows * s.columns), false, 1000);
  for (int64_t r = 0; r < s.rows; ++r) {
    for (int64_t j = 0; j < s.columns; ++j) {
      EXPECT_EQ(std::isnan(c[r * s.columns + j]), r == 2) << r << " " << j;
      EXPECT_EQ(std::isinf(c[r * s.columns + j]), r != 2 && j == 32) << r << " " << j;
    }
  }
}

WINNOW_FOR_EVERY_ISA(GemmTest);

}  // namespace
}  // namespace winnow
