#include "plan/network.h"

#include <gtest/gtest.h>

#include <random>

#include "plan/plan.h"

namespace winnow::plan {
namespace {

/// Input 4 × 4 × 2 → 3×3 convolution to 3 channels → output.
std::vector<double> Program() {
  return {0, 0, 0, 0, 4, 4, 2,                                              // input
          2, 1, 0, 1, 0, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 0, 54, -1,  // convolution
          1, 0, 0, 1, 1};                                                   // output
}

Status Parse(const std::vector<double>& program, int64_t weights, Network* network) {
  static const std::vector<float> floats(1000, 0.5f);
  return ParseNetwork(program.data(), static_cast<int64_t>(program.size()), floats.data(), weights, network);
}

std::string MessageOf(const std::vector<double>& program, int64_t weights = 57) {
  Network network;
  Status status = Parse(program, weights, &network);
  if (status.ok()) status = CheckNetwork(&network);
  return status.message();
}

TEST(ParseNetworkTest, ReadsNodes) {
  Network network;
  ASSERT_TRUE(Parse(Program(), 57, &network).ok());
  ASSERT_EQ(network.nodes.size(), 3u);
  ASSERT_TRUE(CheckNetwork(&network).ok());
  EXPECT_EQ(network.nodes[2].shape, (Shape{4, 4, 3}));
  EXPECT_EQ(network.nodes[1].activation.kind, Activation::kRelu);
}

TEST(ParseNetworkTest, RefusesByNameWhatIsWrong) {
  const auto with = [](size_t at, double value) {
    std::vector<double> program = Program();
    program[at] = value;
    return program;
  };
  EXPECT_EQ(MessageOf(with(0, 99)), "nodes[0]: op must be an integer in [0, 16], got 99.000000");
  EXPECT_EQ(MessageOf(with(0, 0.5)), "nodes[0]: op must be an integer in [0, 16], got 0.500000");
  EXPECT_EQ(MessageOf(with(8, 16)), "nodes[1]: activation must be an integer in [0, 15], got 16.000000");
  EXPECT_EQ(MessageOf(with(11, 1)), "nodes[1]: input must be in [0, 0], got 1");
  EXPECT_EQ(MessageOf(with(4, 1e9)),
            "nodes[0]: height × width × channels must be in [1, 134217728], got "
            "1000000000 × 4 × 2");
  EXPECT_EQ(MessageOf(with(4, 0)), "nodes[0]: height × width × channels must be in [1, 134217728], got 0 × 4 × 2");
  EXPECT_EQ(MessageOf(with(23, 4)), "nodes[1]: weights must be such that 108 floats follow of 57, got 0");
  EXPECT_EQ(MessageOf(with(25, 4)), "nodes[1]: weights must be such that 54 floats follow of 57, got 4");
  EXPECT_EQ(MessageOf(with(26, 55)), "nodes[1]: bias must be such that 3 floats follow of 57, got 55");
  EXPECT_EQ(MessageOf(with(27, 0)), "nodes[1]: residual must have the shape 4 × 4 × 3, got 4 × 4 × 2");
  EXPECT_EQ(MessageOf(with(22, 2)), "nodes[1]: groupInputs × groups must be the input's 2, got 2 × 2");
  EXPECT_EQ(MessageOf({0, 0, 0, 0, 4, 4}), "nodes[0]: channels is missing: the program ends");
  EXPECT_EQ(MessageOf({0, 0, 0, 0, 4, 4, 4}), "nodes must have an input and an output");
}

/// Numbers changed at random either make a network that runs, or are refused.
TEST(ParseNetworkTest, HostileProgramsAreRefusedOrRun) {
  std::mt19937 random(5);
  const std::vector<double> values = {
      -1, 0, 1, 2, 3, 5, 17, 0.5, 54, 1e6, 2147483647, -2147483648.0, 1e300, std::numeric_limits<double>::quiet_NaN()};
  int ran = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    std::vector<double> program = Program();
    const int changes = 1 + static_cast<int>(random() % 3);
    for (int i = 0; i < changes; ++i) program[random() % program.size()] = values[random() % values.size()];
    Network network;
    if (!Parse(program, 57, &network).ok()) continue;
    InferencePlan plan;
    if (!plan.Create(network, {}).ok()) continue;
    int64_t floats = 0;
    for (const Shape& shape : plan.inputs()) floats += shape.floats();
    for (const Shape& shape : plan.outputs()) floats += shape.floats();
    if (floats > 1 << 20) continue;
    std::vector<std::vector<float>> arrays;
    std::vector<const float*> inputs;
    std::vector<float*> outputs;
    for (const Shape& shape : plan.inputs()) inputs.push_back(arrays.emplace_back(shape.floats()).data());
    for (const Shape& shape : plan.outputs()) outputs.push_back(arrays.emplace_back(shape.floats()).data());
    SerialFor serial;
    EXPECT_TRUE(plan.Run(1, inputs, outputs, serial).ok());
    ++ran;
  }
  EXPECT_GT(ran, 100);
}

}  // namespace
}  // namespace winnow::plan
