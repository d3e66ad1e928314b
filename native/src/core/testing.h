#ifndef WINNOW_CORE_TESTING_H_
#define WINNOW_CORE_TESTING_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/isa.h"
#include "core/matrix.h"

namespace winnow::testing {

/// The instruction sets of this machine.
inline std::vector<Isa> SupportedIsas() {
  std::vector<Isa> isas;
  for (Isa isa : kIsas) {
    if (IsaSupported(isa)) isas.push_back(isa);
  }
  return isas;
}

/// A test that runs once per instruction set, with it forced.
class EveryIsa : public ::testing::TestWithParam<Isa> {
 private:
  ScopedIsa forced_{GetParam()};
};

#define WINNOW_FOR_EVERY_ISA(Suite)                                                             \
  INSTANTIATE_TEST_SUITE_P(Isa, Suite, ::testing::ValuesIn(::winnow::testing::SupportedIsas()), \
                           [](const auto& info) { return std::string(::winnow::IsaName(info.param)); })

/// A kernel that owns its weights.
struct TestKernel {
  std::string name;
  int64_t fan_in;
  int64_t units;
  std::vector<float> weights;

  KernelMatrix matrix() const { return {weights.data(), fan_in, units}; }
};

/// Kernels of many shapes, ordinary and adversarial: what a selection gets wrong first.
inline std::vector<TestKernel> TestKernels() {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kDenormal = std::numeric_limits<float>::denorm_min();
  constexpr int64_t kShapes[][2] = {{0, 3},    {3, 0},   {1, 1},   {1, 7},    {7, 1},   {1, 200},
                                    {200, 1},  {2, 16},  {5, 17},  {9, 15},   {64, 64}, {27, 16},
                                    {33, 100}, {10, 63}, {3, 129}, {576, 64}, {300, 70}};
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  const auto pick = [&](std::vector<float> values) {
    return values[std::uniform_int_distribution<size_t>(0, values.size() - 1)(random)];
  };
  std::vector<TestKernel> kernels;
  for (const auto& shape : kShapes) {
    const auto add = [&](const std::string& name, auto&& weight) {
      TestKernel kernel{name + std::to_string(shape[0]) + "x" + std::to_string(shape[1]), shape[0], shape[1], {}};
      for (int64_t i = 0; i < shape[0] * shape[1]; ++i) kernel.weights.push_back(weight());
      kernels.push_back(std::move(kernel));
    };
    add("normal", [&] { return normal(random); });
    add("equal", [&] { return pick({0.5f, -0.5f}); });
    add("zero", [&] { return pick({0.0f, -0.0f}); });
    add("few", [&] { return pick({0.0f, -0.0f, 1.0f, -1.0f, 2.0f}); });
    add("denormal", [&] { return pick({0.0f, kDenormal, -kDenormal, 5 * kDenormal, 1e-38f, -1e-38f}); });
    add("infinite", [&] { return pick({kInf, -kInf, 3e38f, -3e38f, 1.0f, 0.0f}); });
    add("sparse", [&] { return std::uniform_int_distribution<>(0, 9)(random) == 0 ? normal(random) : 0.0f; });
  }
  return kernels;
}

/// 0, 1, about a half, all but one, all.
inline std::vector<int64_t> TestCounts(int64_t most) {
  std::vector<int64_t> counts;
  for (int64_t count : {int64_t{0}, int64_t{1}, most / 2, most * 9 / 10, most - 1, most}) {
    if (count >= 0 && count <= most) counts.push_back(count);
  }
  return counts;
}

/// Normal numbers.
inline std::vector<float> RandomFloats(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> floats(count);
  for (float& value : floats) value = normal(random);
  return floats;
}

/// The bits of floats: −0 and 0 differ, and comparisons with == of NaN are not lost.
inline std::vector<uint32_t> BitsOf(const std::vector<float>& values) {
  std::vector<uint32_t> bits(values.size());
  if (!values.empty()) std::memcpy(bits.data(), values.data(), values.size() * sizeof(float));
  return bits;
}

}  // namespace winnow::testing

#endif  // WINNOW_CORE_TESTING_H_
