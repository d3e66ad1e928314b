#include "plan/plan.h"

#include <limits>

#include "core/testing.h"
#include "core/thread_pool.h"
#include "plan/testing.h"

namespace winnow::plan {
namespace {

using testing::RandomNetwork;
using testing::TestNetwork;
using winnow::testing::BitsOf;
using winnow::testing::EveryIsa;
using winnow::testing::RandomFloats;

std::vector<std::vector<float>> InputsOf(const Network& network, int64_t batch, uint32_t seed) {
  std::vector<std::vector<float>> inputs;
  for (const Node& node : network.nodes) {
    if (node.op == Op::kInput) inputs.push_back(RandomFloats(batch * node.shape.floats(), seed++));
  }
  return inputs;
}

template <typename Run>
std::vector<std::vector<float>> OutputsOf(const Network& network, int64_t batch,
                                          const std::vector<std::vector<float>>& inputs, const Run& run) {
  std::vector<std::vector<float>> outputs;
  for (const Node& node : network.nodes) {
    if (node.op == Op::kOutput) {
      outputs.emplace_back(batch * node.shape.floats(), std::numeric_limits<float>::quiet_NaN());
    }
  }
  std::vector<const float*> from;
  std::vector<float*> to;
  for (const auto& input : inputs) from.push_back(input.data());
  for (auto& output : outputs) to.push_back(output.data());
  const Status status = run(from, to);
  EXPECT_TRUE(status.ok()) << status.message();
  return outputs;
}

std::vector<std::vector<float>> Planned(const Network& network, int64_t batch,
                                        const std::vector<std::vector<float>>& inputs, Execution execution,
                                        int threads) {
  InferencePlan plan;
  const Status status = plan.Create(network, {threads, execution});
  EXPECT_TRUE(status.ok()) << status.message();
  ThreadPool pool(threads);
  return OutputsOf(network, batch, inputs,
                   [&](const auto& from, const auto& to) { return plan.Run(batch, from, to, pool); });
}

std::vector<std::vector<float>> Expected(const Network& network, int64_t batch,
                                         const std::vector<std::vector<float>>& inputs) {
  return OutputsOf(network, batch, inputs,
                   [&](const auto& from, const auto& to) { return RunNetworkReference(network, batch, from, to); });
}

void ExpectClose(const std::vector<std::vector<float>>& actual, const std::vector<std::vector<float>>& expected,
                 const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t o = 0; o < actual.size(); ++o) {
    double scale = 1;
    for (float value : expected[o]) scale = std::max<double>(scale, std::isfinite(value) ? std::fabs(value) : 0);
    for (size_t i = 0; i < actual[o].size(); ++i) {
      if (std::isnan(expected[o][i]) && std::isnan(actual[o][i])) continue;
      ASSERT_NEAR(actual[o][i], expected[o][i], 2e-5 * scale) << what << " output " << o << " element " << i;
    }
  }
}

class InferencePlanTest : public EveryIsa {};
WINNOW_FOR_EVERY_ISA(InferencePlanTest);

TEST_P(InferencePlanTest, RandomNetworksEqualTheReference) {
  int ran = 0;
  for (uint32_t seed = 0; seed < 150; ++seed) {
    const auto made = RandomNetwork(seed);
    Network network = made->network;
    // Shapes that no image fits are refused; that they are is another test's.
    if (!CheckNetwork(&network).ok()) continue;
    ++ran;
    for (int64_t batch : {int64_t{1}, std::vector<int64_t>{3, 15, 16, 17, 33}[seed % 5]}) {
      const auto inputs = InputsOf(network, batch, seed);
      const auto expected = Expected(network, batch, inputs);
      for (Execution execution : {Execution::kAutomatic, Execution::kSparse, Execution::kDense}) {
        ExpectClose(Planned(network, batch, inputs, execution, 1), expected,
                    "seed " + std::to_string(seed) + " batch " + std::to_string(batch) + " execution " +
                        std::to_string(static_cast<int>(execution)));
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GT(ran, 100);
}

TEST_P(InferencePlanTest, EveryNumberOfThreadsGivesTheSameBits) {
  for (uint32_t seed = 200; seed < 230; ++seed) {
    const auto made = RandomNetwork(seed);
    Network network = made->network;
    if (!CheckNetwork(&network).ok()) continue;
    for (int64_t batch : {1, 3, 50}) {
      const auto inputs = InputsOf(network, batch, seed);
      const auto one = Planned(network, batch, inputs, Execution::kAutomatic, 1);
      for (int threads : {2, 3, 5}) {
        const auto several = Planned(network, batch, inputs, Execution::kAutomatic, threads);
        for (size_t o = 0; o < one.size(); ++o) ASSERT_EQ(BitsOf(several[o]), BitsOf(one[o])) << seed << " " << batch;
      }
    }
  }
}

TEST(InferencePlanIsaTest, Avx2AndAvx512GiveTheSameBits) {
  if (!IsaSupported(Isa::kAvx512) || !IsaSupported(Isa::kAvx2)) GTEST_SKIP();
  for (uint32_t seed = 300; seed < 400; ++seed) {
    const auto made = RandomNetwork(seed);
    Network network = made->network;
    if (!CheckNetwork(&network).ok()) continue;
    for (int64_t batch : {2, 16}) {
      const auto inputs = InputsOf(network, batch, seed);
      std::vector<std::vector<float>> results[2];
      for (int at : {0, 1}) {
        const ScopedIsa isa(at == 0 ? Isa::kAvx2 : Isa::kAvx512);
        results[at] = Planned(network, batch, inputs, Execution::kAutomatic, 1);
      }
      for (size_t o = 0; o < results[0].size(); ++o) {
        ASSERT_EQ(BitsOf(results[0][o]), BitsOf(results[1][o])) << seed << " " << batch;
      }
    }
  }
}

/// 3×3, stride 1, padding 1, as many outputs as inputs.
Window Same() {
  Window window;
  window.kernel_height = window.kernel_width = 3;
  window.padding_top = window.padding_bottom = window.padding_left = window.padding_right = 1;
  return window;
}

TEST_P(InferencePlanTest, AWeightOfZeroMeetsNoNan) {
  TestNetwork t(1);
  const int32_t input = t.Input({9, 9, 2});
  Node node = t.Convolution(input, 2, 4, Same(), 0.3);
  t.Output(t.Add(node));
  Network network = t.network;
  ASSERT_TRUE(CheckNetwork(&network).ok());
  for (int64_t batch : {1, 16}) {
    auto inputs = InputsOf(network, batch, 3);
    inputs[0][40] = std::numeric_limits<float>::quiet_NaN();
    inputs[0][90] = std::numeric_limits<float>::infinity();
    const auto expected = Expected(network, batch, inputs);
    const auto actual = Planned(network, batch, inputs, Execution::kSparse, 1);
    ASSERT_EQ(actual[0].size(), expected[0].size());
    for (size_t i = 0; i < expected[0].size(); ++i) {
      ASSERT_EQ(std::isnan(actual[0][i]), std::isnan(expected[0][i])) << i;
      ASSERT_EQ(std::isinf(actual[0][i]), std::isinf(expected[0][i])) << i;
    }
  }
}

TEST(InferencePlanEmptyTest, ABatchOfNoneIsNothing) {
  const auto made = RandomNetwork(0);
  InferencePlan plan;
  ASSERT_TRUE(plan.Create(made->network, {}).ok());
  SerialFor serial;
  const std::vector<const float*> inputs(plan.inputs().size(), nullptr);
  const std::vector<float*> outputs(plan.outputs().size(), nullptr);
  EXPECT_TRUE(plan.Run(0, inputs, outputs, serial).ok());
  EXPECT_FALSE(plan.Run(-1, inputs, outputs, serial).ok());
  EXPECT_FALSE(plan.Run(1, {}, outputs, serial).ok());
}

TEST(InferencePlanOptionsTest, ThreadsAreChecked) {
  const auto made = RandomNetwork(0);
  InferencePlan plan;
  EXPECT_EQ(plan.Create(made->network, {0, Execution::kAutomatic}).message(), "threads must be in [1, 1024], got 0");
}

TEST(InferencePlanMemoryTest, LargeValuesAreRefusedByName) {
  TestNetwork t(1);
  const int32_t input = t.Input({1, 1, 1});
  Window window;
  window.padding_top = 1 << 30;
  window.stride_height = 1 << 30;
  Node node = t.Convolution(input, 1, 1, window, 1);
  t.Output(t.Add(node));
  InferencePlan plan;
  const Status status = plan.Create(t.network, {1, Execution::kSparse});
  EXPECT_EQ(status.message().rfind("nodes[1]: height × width × channels with padding must be", 0), 0u)
      << status.message();
}

}  // namespace
}  // namespace winnow::plan
