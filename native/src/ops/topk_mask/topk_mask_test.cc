#include "ops/topk_mask/topk_mask.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

class TopKMaskTest : public testing::EveryIsa {};

TEST_P(TopKMaskTest, EqualsTheReference) {
  ThreadPool pool(2);
  for (const testing::TestKernel& kernel : testing::TestKernels()) {
    for (Granularity granularity : {Granularity::kWeight, Granularity::kUnit}) {
      const int64_t most = granularity == Granularity::kWeight ? kernel.fan_in : kernel.units;
      for (int64_t count : testing::TestCounts(most)) {
        const TopKMaskArguments arguments = {kernel.matrix(), granularity, count};
        std::vector<uint8_t> mask(kernel.weights.size() + 1, 77), expected(kernel.weights.size() + 1, 77);
        ASSERT_TRUE(TopKMask(arguments, pool, mask.data()).ok());
        ASSERT_TRUE(TopKMaskReference(arguments, expected.data()).ok());
        EXPECT_EQ(mask, expected) << kernel.name << ", count " << count;
      }
    }
  }
}

TEST_P(TopKMaskTest, CutsExactlyCountInEveryColumn) {
  for (const testing::TestKernel& kernel : testing::TestKernels()) {
    for (int64_t count : testing::TestCounts(kernel.fan_in)) {
      std::vector<uint8_t> mask(kernel.weights.size());
      SerialFor serial;
      ASSERT_TRUE(TopKMask({kernel.matrix(), Granularity::kWeight, count}, serial, mask.data()).ok());
      for (int64_t column = 0; column < kernel.units; ++column) {
        int64_t kept = 0;
        for (int64_t row = 0; row < kernel.fan_in; ++row) kept += mask[row * kernel.units + column];
        ASSERT_EQ(kept, kernel.fan_in - count) << kernel.name;
      }
    }
  }
}

#if defined(__x86_64__)
TEST_P(TopKMaskTest, IgnoresFlushedDenormals) {
  // As on TensorFlow's threads: 0 and a denormal must not tie.
  const std::vector<float> row = {1e-40f, 0.0f};
  const unsigned saved = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(saved | 0x8040);
  std::vector<uint8_t> mask(2);
  SerialFor serial;
  const Status status = TopKMask({{row.data(), 1, 2}, Granularity::kUnit, 1}, serial, mask.data());
  EXPECT_EQ(__builtin_ia32_stmxcsr() & 0x8040, 0x8040u);
  __builtin_ia32_ldmxcsr(saved);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(mask, (std::vector<uint8_t>{1, 0}));
}
#endif

WINNOW_FOR_EVERY_ISA(TopKMaskTest);

}  // namespace
}  // namespace winnow
