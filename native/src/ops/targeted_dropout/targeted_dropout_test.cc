#include "ops/targeted_dropout/targeted_dropout.h"

#include "core/group.h"
#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

class TargetedDropoutTest : public testing::EveryIsa {};

/// All outputs of one call, with a sentinel behind each.
struct Outputs {
  explicit Outputs(int64_t size) : output(size + 1, 7.0f), kept(BitWords(size) + 1, 7), scaled(BitWords(size) + 1, 7) {}
  TargetedDropoutOutputs pointers() { return {output.data(), kept.data(), scaled.data()}; }

  std::vector<float> output;
  std::vector<uint32_t> kept, scaled;
};

struct Variant {
  Granularity granularity;
  Coin coin;
  bool rescale;
};

std::vector<Variant> Variants() {
  std::vector<Variant> variants;
  for (bool rescale : {false, true}) {
    variants.push_back({Granularity::kWeight, Coin::kUnit, rescale});
    variants.push_back({Granularity::kUnit, Coin::kUnit, rescale});
    variants.push_back({Granularity::kUnit, Coin::kWeight, rescale});
  }
  return variants;
}

TargetedDropoutArguments Arguments(const testing::TestKernel& kernel, const Variant& variant, int64_t count,
                                   uint32_t threshold) {
  return {kernel.matrix(), variant.granularity,
          variant.coin,    count,
          threshold,       {{0x1234567, 0x89abcdef}, 42, 0xfffffff0},
          variant.rescale, 1.7f};
}

TEST_P(TargetedDropoutTest, EqualsTheReference) {
  ThreadPool pool(2);
  for (const testing::TestKernel& kernel : testing::TestKernels()) {
    for (const Variant& variant : Variants()) {
      const int64_t most = variant.granularity == Granularity::kWeight ? kernel.fan_in : kernel.units;
      for (int64_t count : testing::TestCounts(most)) {
        for (uint32_t threshold : {0u, 1u, 107374182u, 1u << 29, kAlways - 1, kAlways}) {
          const TargetedDropoutArguments arguments = Arguments(kernel, variant, count, threshold);
          Outputs actual(kernel.weights.size()), expected(kernel.weights.size());
          ASSERT_TRUE(TargetedDropout(arguments, pool, actual.pointers()).ok());
          ASSERT_TRUE(TargetedDropoutReference(arguments, expected.pointers()).ok());
          ASSERT_EQ(testing::BitsOf(actual.output), testing::BitsOf(expected.output)) << kernel.name;
          ASSERT_EQ(actual.kept, expected.kept) << kernel.name;
          ASSERT_EQ(actual.scaled, expected.scaled) << kernel.name;
        }
      }
    }
  }
}

TEST_P(TargetedDropoutTest, WorksInPlaceAndWithoutMasks) {
  for (const testing::TestKernel& kernel : testing::TestKernels()) {
    TargetedDropoutArguments arguments = Arguments(kernel, Variants()[3], kernel.fan_in / 2, 1u << 29);
    Outputs expected(kernel.weights.size());
    ASSERT_TRUE(TargetedDropoutReference(arguments, expected.pointers()).ok());
    expected.output.pop_back();
    std::vector<float> weights = kernel.weights;
    arguments.kernel.data = weights.data();
    SerialFor serial;
    ASSERT_TRUE(TargetedDropout(arguments, serial, {weights.data(), nullptr, nullptr}).ok());
    EXPECT_EQ(testing::BitsOf(weights), testing::BitsOf(expected.output)) << kernel.name;
  }
}

TEST_P(TargetedDropoutTest, StepsOnFromItsThresholds) {
  const testing::TestKernel kernel = testing::TestKernels().at(15 * 7);  // the largest normal one
  ASSERT_EQ(kernel.name, "normal576x64");
  std::vector<int32_t> thresholds(kernel.units, 0);
  for (int step = 0; step < 4; ++step) {
    TargetedDropoutArguments arguments = Arguments(kernel, Variants()[0], 400, 1u << 29);
    arguments.draws.step = step;
    Outputs actual(kernel.weights.size()), expected(kernel.weights.size());
    ASSERT_TRUE(TargetedDropoutReference(arguments, expected.pointers()).ok());
    arguments.start = thresholds.data();
    TargetedDropoutOutputs outputs = actual.pointers();
    outputs.thresholds = thresholds.data();
    SerialFor serial;
    ASSERT_TRUE(TargetedDropout(arguments, serial, outputs).ok());
    EXPECT_EQ(testing::BitsOf(actual.output), testing::BitsOf(expected.output));
    EXPECT_EQ(actual.kept, expected.kept);
    for (int32_t threshold : thresholds) EXPECT_GT(threshold, 0);
  }
}

/// Distinct magnitudes, or so few that every column splits ties.
std::vector<float> Weights(int64_t size, bool ties) {
  std::mt19937 random(17);
  std::vector<float> weights(size);
  for (float& weight : weights) {
    weight = std::normal_distribution<float>()(random);
    if (ties) weight = std::round(weight * 4) / 4;
  }
  return weights;
}

TEST_P(TargetedDropoutTest, DropsTheSameFromAnyStart) {
  std::mt19937 random(5);
  ThreadPool pool(3);
  for (const auto& [fan_in, units] :
       {std::pair<int64_t, int64_t>{1, 64}, {2, 64}, {77, 128}, {300, 320}, {1001, 256}}) {
    for (bool ties : {false, true}) {
      const testing::TestKernel kernel{"", fan_in, units, Weights(fan_in * units, ties)};
      for (bool rescale : {false, true}) {
        for (int64_t count : {int64_t{1}, fan_in / 2, fan_in * 3 / 4, fan_in - 1}) {
          TargetedDropoutArguments arguments =
              Arguments(kernel, {Granularity::kWeight, Coin::kUnit, rescale}, count, 1u << 29);
          Outputs expected(kernel.weights.size());
          std::vector<int32_t> right(units);
          TargetedDropoutOutputs with_thresholds = expected.pointers();
          with_thresholds.thresholds = right.data();
          ASSERT_TRUE(TargetedDropout(arguments, pool, with_thresholds).ok());
          ASSERT_TRUE(TargetedDropoutReference(arguments, expected.pointers()).ok());
          // The thresholds themselves, a little beside them, one column far off, and rubbish with a NaN's bits among
          // it.
          std::vector<int32_t> near = right, miss = right, rubbish = right;
          for (int32_t& threshold : near) threshold += 1000;
          miss[units / 2] = 0x3f;
          for (int32_t& threshold : rubbish) threshold = static_cast<int32_t>(random() | 1);
          rubbish[3] = 0x7fc00000;
          for (const std::vector<int32_t>& start : {right, near, miss, rubbish}) {
            arguments.start = start.data();
            Outputs actual(kernel.weights.size());
            std::vector<int32_t> thresholds(units);
            TargetedDropoutOutputs outputs = actual.pointers();
            outputs.thresholds = thresholds.data();
            ASSERT_TRUE(TargetedDropout(arguments, pool, outputs).ok());
            ASSERT_EQ(testing::BitsOf(actual.output), testing::BitsOf(expected.output)) << fan_in << " " << count;
            ASSERT_EQ(actual.kept, expected.kept);
            ASSERT_EQ(actual.scaled, expected.scaled);
            ASSERT_EQ(thresholds, right);
            // Without masks, and over the kernel itself.
            std::vector<float> in_place = kernel.weights;
            TargetedDropoutArguments own = arguments;
            own.kernel.data = in_place.data();
            ASSERT_TRUE(TargetedDropout(own, pool, {in_place.data(), nullptr, nullptr}).ok());
            in_place.push_back(7.0f);
            ASSERT_EQ(testing::BitsOf(in_place), testing::BitsOf(expected.output));
            std::fill(actual.output.begin(), actual.output.end() - 1, 3.0f);
            ASSERT_TRUE(TargetedDropout(arguments, pool, {actual.output.data(), nullptr, nullptr}).ok());
            ASSERT_EQ(testing::BitsOf(actual.output), testing::BitsOf(expected.output));
          }
        }
      }
    }
  }
}

TEST_P(TargetedDropoutTest, RefusesNanFromAnyStart) {
  testing::TestKernel kernel{"", 200, 64, Weights(200 * 64, false)};
  kernel.weights[199 * 64 + 5] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<int32_t> start(64, 0x3f000000);
  TargetedDropoutArguments arguments = Arguments(kernel, Variants()[0], 100, 1u << 29);
  arguments.start = start.data();
  Outputs outputs(kernel.weights.size());
  SerialFor serial;
  EXPECT_EQ(TargetedDropout(arguments, serial, outputs.pointers()).message(),
            "kernel must not contain NaN, got NaN at index 12741");
}

TEST_P(TargetedDropoutTest, IsTheSameForEveryNumberOfThreads) {
  const testing::TestKernel kernel = testing::TestKernels().at(15 * 7);
  for (const Variant& variant : Variants()) {
    const TargetedDropoutArguments arguments = Arguments(kernel, variant, 50, 1u << 29);
    SerialFor serial;
    Outputs expected(kernel.weights.size());
    ASSERT_TRUE(TargetedDropout(arguments, serial, expected.pointers()).ok());
    for (int threads : {1, 2, 3, 5, 8}) {
      ThreadPool pool(threads);
      Outputs actual(kernel.weights.size());
      ASSERT_TRUE(TargetedDropout(arguments, pool, actual.pointers()).ok());
      EXPECT_EQ(testing::BitsOf(actual.output), testing::BitsOf(expected.output));
      EXPECT_EQ(actual.kept, expected.kept);
      EXPECT_EQ(actual.scaled, expected.scaled);
    }
  }
}

TEST_P(TargetedDropoutTest, DropsItsShareOfTheTargeted) {
  constexpr int64_t kFanIn = 500, kUnits = 60, kTargeted = 300;
  constexpr double kRate = 0.3;
  std::vector<float> weights(kFanIn * kUnits);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = 1.0f + static_cast<float>((i * 7919) % 1000);
  TargetedDropoutArguments arguments = {{weights.data(), kFanIn, kUnits},
                                        Granularity::kWeight,
                                        Coin::kUnit,
                                        kTargeted,
                                        static_cast<uint32_t>(std::lround(kRate * kAlways)),
                                        {},
                                        false,
                                        1.0f};
  SerialFor serial;
  constexpr int kSeeds = 50;
  double dropped = 0;
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    arguments.draws = {{seed, 0}, 3, 9};
    std::vector<float> output(weights.size());
    ASSERT_TRUE(TargetedDropout(arguments, serial, {output.data(), nullptr, nullptr}).ok());
    for (float value : output) dropped += value == 0.0f;
  }
  const double trials = 1.0 * kSeeds * kTargeted * kUnits;
  EXPECT_NEAR(dropped, trials * kRate, 4 * std::sqrt(trials * kRate * (1 - kRate)));
}

TEST_P(TargetedDropoutTest, OneCoinPerColumnDropsWholeColumns) {
  const testing::TestKernel kernel{"ones", 30, 200, std::vector<float>(6000, 1.0f)};
  const TargetedDropoutArguments arguments = Arguments(kernel, {Granularity::kUnit, Coin::kUnit, false}, 150, 1u << 29);
  std::vector<float> output(6000);
  SerialFor serial;
  ASSERT_TRUE(TargetedDropout(arguments, serial, {output.data(), nullptr, nullptr}).ok());
  for (int64_t e = 0; e < 6000; ++e) ASSERT_EQ(output[e], output[e % 200]);
}

TEST_P(TargetedDropoutTest, GradientEqualsTheReference) {
  std::mt19937 random(3);
  ThreadPool pool(2);
  for (int64_t size : {0, 1, 31, 32, 33, 63, 64, 65, 1000}) {
    std::vector<float> dy(size);
    for (float& value : dy) value = std::normal_distribution<float>()(random);
    if (size > 2) dy[1] = std::numeric_limits<float>::infinity();
    std::vector<uint32_t> kept(BitWords(size)), scaled(BitWords(size));
    for (uint32_t& word : kept) word = random();
    for (size_t i = 0; i < kept.size(); ++i) scaled[i] = kept[i] & random();
    for (bool rescaled : {false, true}) {
      const uint32_t* scaled_words = rescaled ? scaled.data() : nullptr;
      const TargetedDropoutGradArguments arguments = {dy.data(), kept.data(), scaled_words, 1e-3f, size};
      std::vector<float> actual(size + 1, 7.0f), expected(size + 1, 7.0f);
      ASSERT_TRUE(TargetedDropoutGrad(arguments, pool, actual.data()).ok());
      ASSERT_TRUE(TargetedDropoutGradReference(arguments, expected.data()).ok());
      EXPECT_EQ(testing::BitsOf(actual), testing::BitsOf(expected)) << size;
    }
  }
}

TEST_P(TargetedDropoutTest, RefusesAThresholdOutOfRange) {
  const testing::TestKernel kernel{"ones", 2, 2, std::vector<float>(4, 1.0f)};
  const TargetedDropoutArguments arguments = Arguments(kernel, Variants()[0], 1, kAlways + 1);
  SerialFor serial;
  Outputs outputs(4);
  EXPECT_EQ(TargetedDropout(arguments, serial, outputs.pointers()).message(),
            "threshold must be in [0, 1073741824], got 1073741825");
}

WINNOW_FOR_EVERY_ISA(TargetedDropoutTest);

}  // namespace
}  // namespace winnow
