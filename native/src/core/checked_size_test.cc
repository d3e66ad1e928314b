#include "core/checked_size.h"

#include <gtest/gtest.h>

namespace winnow {
namespace {

constexpr int64_t kBig = int64_t{1} << 40;

TEST(CheckedSize, MultipliesWhatFits) {
  EXPECT_EQ(ProductOf({}), 1);
  EXPECT_EQ(ProductOf({7}), 7);
  EXPECT_EQ(ProductOf({2, 3, 4}), 24);
  EXPECT_EQ(ProductOf({kBig, 1 << 16}), kMaxProduct);
}

TEST(CheckedSize, IsZeroWhateverTheOthersAre) {
  EXPECT_EQ(ProductOf({0, kBig, kBig}), 0);
  EXPECT_EQ(ProductOf({kBig, kBig, 0}), 0);
}

TEST(CheckedSize, HasNoProductThatOverflows) {
  EXPECT_EQ(ProductOf({kBig, kBig}), std::nullopt);
  // Modulo 2^64 this is 0.
  EXPECT_EQ(ProductOf({int64_t{1} << 32, int64_t{1} << 32}), std::nullopt);
  EXPECT_EQ(ProductOf({kBig, (1 << 16) + 1}), std::nullopt);
  EXPECT_EQ(ProductOf({-1, 0}), std::nullopt);
}

TEST(CheckedSize, NamesTheSizes) {
  EXPECT_TRUE(CheckProduct("rows × columns", {3, 4}).ok());
  EXPECT_EQ(CheckProduct("rows × columns", {kBig, kBig}).message(),
            "rows × columns must be in [0, 72057594037927936], got 1099511627776 × 1099511627776");
  EXPECT_EQ(CheckRange("rows", -1, 0, 5).message(), "rows must be in [0, 5], got -1");
}

}  // namespace
}  // namespace winnow
