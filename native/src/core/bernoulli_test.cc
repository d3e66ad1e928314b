#include "core/bernoulli.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace winnow {
namespace {

constexpr DrawSource kSource = {{0x1234567, 0x89abcdef}, 42, 7};

/// u(e) by its definition.
uint32_t NumberOf(int64_t e) {
  uint32_t number = 0;
  for (uint32_t digit = 0; digit < kBernoulliDigits; ++digit) {
    const auto words = Philox({static_cast<uint32_t>(e >> 7), kSource.kernel_id, kSource.step, digit}, kSource.key);
    number = number << 1 | (words[(e >> 5) & 3] >> (e & 31) & 1u);
  }
  return number;
}

bool BitOf(const std::array<uint32_t, 4>& bits, int64_t e) { return (bits[(e >> 5) & 3] >> (e & 31) & 1u) != 0; }

TEST(Bernoulli, IsOneWhereTheNumberIsBelowTheThreshold) {
  std::vector<uint32_t> thresholds = {0,           1,      2, 107374182, kAlways / 4, kAlways / 2, kAlways / 4 * 3,
                                      kAlways - 1, kAlways};
  // Numbers themselves, and the next: equal in every digit.
  for (int64_t e : {0, 31, 127, 700}) {
    thresholds.push_back(NumberOf(e));
    thresholds.push_back(NumberOf(e) + 1);
  }
  for (uint32_t threshold : thresholds) {
    for (int64_t block = 0; block < 6; ++block) {
      const auto bits = DrawBernoulli(kSource, static_cast<uint32_t>(block), threshold);
      for (int64_t e = block * kBernoulliBlock; e < (block + 1) * kBernoulliBlock; ++e) {
        ASSERT_EQ(BitOf(bits, e), NumberOf(e) < threshold) << "element " << e << ", threshold " << threshold;
      }
    }
  }
}

TEST(Bernoulli, IsOneAsOftenAsAskedFor) {
  constexpr int kBlocks = 4000;
  for (double probability : {0.01, 0.1, 0.5, 0.66, 0.9}) {
    const auto threshold = static_cast<uint32_t>(std::lround(probability * kAlways));
    int64_t ones = 0;
    for (uint32_t block = 0; block < kBlocks; ++block) {
      for (uint32_t word : DrawBernoulli(kSource, block, threshold)) ones += __builtin_popcount(word);
    }
    const double count = static_cast<double>(kBlocks * kBernoulliBlock);
    const double deviation = std::sqrt(count * probability * (1 - probability));
    EXPECT_NEAR(static_cast<double>(ones), count * probability, 4 * deviation) << probability;
  }
}

}  // namespace
}  // namespace winnow
