#include "core/simd_math_test.h"

#include "core/testing.h"

namespace winnow {
namespace {

constexpr IsaVariants<MathKernels> kVariants = WINNOW_VARIANTS(kMathKernels);

const MathKernels& Kernels() {
  const MathKernels* kernels = nullptr;
  EXPECT_TRUE(SelectVariant(kVariants, &kernels).ok());
  return *kernels;
}

struct Function {
  const char* name;
  void (*MathKernels::*kernel)(const float*, int64_t, float*);
  double (*exact)(double);
  /// In units in the last place.
  double bound;
};

const Function kFunctions[] = {
    {"exp", &MathKernels::exp, std::exp, 1.1},
    {"log", &MathKernels::log, std::log, 1},
    {"tanh", &MathKernels::tanh, std::tanh, 1.5},
    {"erf", &MathKernels::erf, std::erf, 1.5},
};

/// The distance from `y` to the exact value, in units of the last place of the float nearest to that.
double UlpError(float y, double exact) {
  const float nearest = static_cast<float>(exact);
  if (std::isnan(exact)) return std::isnan(y) ? 0 : INFINITY;
  if (std::isinf(nearest) || std::isinf(y)) return y == nearest ? 0 : INFINITY;
  int exponent;
  std::frexp(nearest == 0 ? std::numeric_limits<float>::denorm_min() : nearest, &exponent);
  return std::fabs(y - exact) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

class SimdMathTest : public testing::EveryIsa {};

TEST_P(SimdMathTest, StaysWithinItsBoundOfLibm) {
  std::vector<float> x(1 << 16), y(x.size());
  for (const Function& function : kFunctions) {
    double worst = 0;
    float at = 0;
    // Floats of all magnitudes and both signs, infinities and NaNs among them.
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32);) {
      size_t count = 0;
      for (; count < x.size() && bits < (uint64_t{1} << 32); ++count, bits += 241) {
        const uint32_t word = static_cast<uint32_t>(bits);
        std::memcpy(&x[count], &word, sizeof(word));
      }
      (Kernels().*function.kernel)(x.data(), static_cast<int64_t>(count), y.data());
      for (size_t i = 0; i < count; ++i) {
        const double error = UlpError(y[i], function.exact(x[i]));
        if (error > worst) {
          worst = error;
          at = x[i];
        }
      }
    }
    EXPECT_LE(worst, function.bound) << function.name << " at " << at;
    RecordProperty(function.name, std::to_string(worst));
  }
}

TEST_P(SimdMathTest, TakesSpecialValuesAsLibm) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kTiny = std::numeric_limits<float>::denorm_min();
  const std::vector<float> x = {0.0f, -0.0f, kInf,  -kInf, kNan,     -kNan,   kTiny,     -kTiny,     1e-40f,  -1e-40f,
                                1.0f, -1.0f, 88.7f, 89.0f, -103.97f, -104.0f, -87.3366f, -87.33655f, 3.4e38f, -3.4e38f};
  std::vector<float> y(x.size());
  for (const Function& function : kFunctions) {
    (Kernels().*function.kernel)(x.data(), static_cast<int64_t>(x.size()), y.data());
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_LE(UlpError(y[i], function.exact(x[i])), function.bound)
          << function.name << " of " << x[i] << ": " << y[i];
      const bool is_odd = function.exact(0) == 0;
      if (is_odd && !std::isnan(x[i])) {
        EXPECT_EQ(std::signbit(y[i]), std::signbit(x[i])) << function.name << " of " << x[i];
      }
    }
  }
}

TEST_P(SimdMathTest, GivesTailsTheBitsOfWholeVectors) {
  std::vector<float> x(40), whole(40), part(40);
  for (size_t i = 0; i < x.size(); ++i) x[i] = 0.37f * static_cast<float>(i) - 6.1f;
  for (const Function& function : kFunctions) {
    (Kernels().*function.kernel)(x.data(), 40, whole.data());
    for (int64_t begin = 0; begin < 40; ++begin) {
      for (int64_t end = begin; end <= 40; ++end) {
        std::fill(part.begin(), part.end(), -7.0f);
        (Kernels().*function.kernel)(x.data() + begin, end - begin, part.data() + begin);
        for (int64_t i = 0; i < 40; ++i) {
          if (i < begin || i >= end) {
            ASSERT_EQ(part[i], -7.0f);
          } else {
            ASSERT_EQ(testing::BitsOf({part[i]}), testing::BitsOf({whole[i]})) << function.name << " of " << x[i];
          }
        }
      }
    }
  }
}

WINNOW_FOR_EVERY_ISA(SimdMathTest);

}  // namespace
}  // namespace winnow
