#include "ops/targeted_dropout/targeted_dropout_all.h"

#include "core/group.h"
#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

class TargetedDropoutAllTest : public testing::EveryIsa {};

/// Outputs that own their memory.
struct Outputs {
  explicit Outputs(const testing::TestKernel& kernel)
      : output(kernel.weights.size()),
        kept(BitWords(kernel.weights.size())),
        scaled(BitWords(kernel.weights.size())),
        thresholds(kernel.units) {}
  TargetedDropoutOutputs pointers() { return {output.data(), kept.data(), scaled.data(), thresholds.data()}; }
  bool operator==(const Outputs& other) const {
    return testing::BitsOf(output) == testing::BitsOf(other.output) && kept == other.kept && scaled == other.scaled &&
           thresholds == other.thresholds;
  }

  std::vector<float> output;
  std::vector<uint32_t> kept, scaled;
  std::vector<int32_t> thresholds;
};

TargetedDropoutArguments Arguments(const testing::TestKernel& kernel, uint32_t kernel_id, bool rescale) {
  return {kernel.matrix(), Granularity::kWeight,      Coin::kUnit, kernel.fan_in * 2 / 3,
          1u << 29,        {{5, 6}, kernel_id, 1234}, rescale,     2.0f};
}

/// One large kernel among many small ones, so that both ways of sharing the threads are taken.
std::vector<testing::TestKernel> Network() {
  std::vector<testing::TestKernel> kernels = testing::TestKernels();
  testing::TestKernel large{"large", 1500, 100, {}};
  for (int64_t i = 0; i < large.fan_in * large.units; ++i)
    large.weights.push_back(static_cast<float>(i * 7919 % 10007));
  kernels.insert(kernels.begin() + 3, large);
  return kernels;
}

TEST_P(TargetedDropoutAllTest, EqualsOneCallForEach) {
  const std::vector<testing::TestKernel> kernels = Network();
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (bool rescale : {false, true}) {
      std::vector<Outputs> actual, expected;
      for (const testing::TestKernel& kernel : kernels) {
        actual.emplace_back(kernel);
        expected.emplace_back(kernel);
      }
      std::vector<TargetedDropoutItem> items;
      for (size_t i = 0; i < kernels.size(); ++i) {
        SerialFor serial;
        items.push_back({Arguments(kernels[i], i, rescale), actual[i].pointers()});
        ASSERT_TRUE(TargetedDropout(items[i].arguments, serial, expected[i].pointers()).ok());
      }
      int64_t failed = -1;
      ASSERT_TRUE(TargetedDropoutAll(items, pool, &failed).ok());
      for (size_t i = 0; i < kernels.size(); ++i) ASSERT_TRUE(actual[i] == expected[i]) << kernels[i].name;

      std::vector<std::vector<float>> dx, expected_dx;
      for (const testing::TestKernel& kernel : kernels) dx.emplace_back(kernel.weights.size());
      expected_dx = dx;
      std::vector<TargetedDropoutGradItem> gradients;
      for (size_t i = 0; i < kernels.size(); ++i) {
        const uint32_t* scaled = rescale ? actual[i].scaled.data() : nullptr;
        const int64_t size = static_cast<int64_t>(kernels[i].weights.size());
        gradients.push_back({{kernels[i].weights.data(), actual[i].kept.data(), scaled, 2.0f, size}, dx[i].data()});
        ASSERT_TRUE(TargetedDropoutGradReference(gradients[i].arguments, expected_dx[i].data()).ok());
      }
      ASSERT_TRUE(TargetedDropoutGradAll(gradients, pool).ok());
      for (size_t i = 0; i < kernels.size(); ++i) {
        ASSERT_EQ(testing::BitsOf(dx[i]), testing::BitsOf(expected_dx[i])) << kernels[i].name;
      }
    }
  }
}

TEST_P(TargetedDropoutAllTest, NamesTheFirstKernelThatFails) {
  std::vector<testing::TestKernel> kernels = Network();
  kernels[40].weights.assign(kernels[40].weights.size(), std::numeric_limits<float>::quiet_NaN());
  kernels[41] = kernels[40];
  std::vector<Outputs> outputs;
  for (const testing::TestKernel& kernel : kernels) outputs.emplace_back(kernel);
  std::vector<TargetedDropoutItem> items;
  for (size_t i = 0; i < kernels.size(); ++i) items.push_back({Arguments(kernels[i], i, false), outputs[i].pointers()});
  ThreadPool pool(3);
  int64_t failed = -1;
  EXPECT_EQ(TargetedDropoutAll(items, pool, &failed).message(), "kernel must not contain NaN, got NaN at index 0");
  EXPECT_EQ(failed, 40);
}

TEST_P(TargetedDropoutAllTest, TakesNoKernels) {
  SerialFor serial;
  int64_t failed = -1;
  EXPECT_TRUE(TargetedDropoutAll({}, serial, &failed).ok());
  EXPECT_TRUE(TargetedDropoutGradAll({}, serial).ok());
}

WINNOW_FOR_EVERY_ISA(TargetedDropoutAllTest);

}  // namespace
}  // namespace winnow
