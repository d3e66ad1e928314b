// Networks for tests: made by hand, or at random.
#ifndef WINNOW_PLAN_TESTING_H_
#define WINNOW_PLAN_TESTING_H_

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "plan/network.h"

namespace winnow::plan::testing {

/// A network that owns its weights.
class TestNetwork {
 public:
  explicit TestNetwork(uint32_t seed) : random_(seed) {}

  Network network;

  int32_t Add(Node node) {
    network.nodes.push_back(std::move(node));
    return static_cast<int32_t>(network.nodes.size()) - 1;
  }
  int32_t Input(const Shape& shape) {
    Node node;
    node.shape = shape;
    return Add(node);
  }
  int32_t Output(int32_t value) { return Simple(Op::kOutput, {value}); }
  int32_t Simple(Op op, std::vector<int32_t> inputs) {
    Node node;
    node.op = op;
    node.inputs = std::move(inputs);
    return Add(node);
  }
  Node Convolution(int32_t input, int64_t channels, int64_t outputs, const Window& window, double density,
                   int64_t groups = 1) {
    Node node;
    node.op = Op::kConvolution;
    node.inputs = {input};
    node.window = window;
    node.groups = groups;
    node.outputs = outputs;
    node.group_inputs = channels / groups;
    const int64_t fan_in = window.kernel_height * window.kernel_width * (channels / groups);
    node.weights = Floats(fan_in * outputs, density, 1.0f / std::sqrt(std::max(1.0, fan_in * density)));
    node.bias = Floats(outputs, 1, 1);
    return node;
  }
  Node ScaleShift(int32_t input, int64_t channels) {
    Node node;
    node.op = Op::kScaleShift;
    node.inputs = {input};
    node.shape.channels = channels;
    node.scale = Floats(channels, 1, 1);
    node.shift = Floats(channels, 1, 1);
    return node;
  }

  const float* Floats(int64_t count, double density, float deviation) {
    auto floats = std::make_unique<std::vector<float>>(count);
    std::normal_distribution<float> normal(0, deviation);
    std::bernoulli_distribution kept(density);
    for (float& value : *floats) value = kept(random_) ? normal(random_) : 0.0f;
    floats_.push_back(std::move(floats));
    return floats_.back()->data();
  }
  int64_t Below(int64_t below) { return std::uniform_int_distribution<int64_t>(0, below - 1)(random_); }
  std::mt19937& random() { return random_; }

 private:
  std::mt19937 random_;
  std::vector<std::unique_ptr<std::vector<float>>> floats_;
};

/// Layers of all kinds, one after the other and side by side; shapes, strides and densities at random.
inline std::unique_ptr<TestNetwork> RandomNetwork(uint32_t seed) {
  auto made = std::make_unique<TestNetwork>(seed);
  TestNetwork& t = *made;
  const auto pick = [&](std::vector<int64_t> values) { return values[t.Below(static_cast<int64_t>(values.size()))]; };
  const auto density = [&] { return static_cast<double>(pick({0, 5, 10, 30, 60, 90, 100})) / 100; };
  const auto activation = [&]() -> ActivationCall {
    return {static_cast<Activation>(t.Below(3) == 0 ? t.Below(kActivationCount) : t.Below(2)), 0.5f};
  };
  int32_t at = t.Input({1 + t.Below(20), 1 + t.Below(20), pick({1, 2, 3, 16, 17, 32})});
  const int64_t layers = 1 + t.Below(6);
  for (int64_t layer = 0; layer < layers; ++layer) {
    // The nodes' shapes follow from the ones before: only checked networks know them.
    // (That there is no output yet is no matter.)
    const Status checked = CheckNetwork(&t.network);
    if (!checked.ok() && checked.message() != "nodes must have an input and an output") break;
    const Shape shape = t.network.nodes[at].shape;
    switch (t.Below(12)) {
      case 0:
      case 1:
      case 2:
      case 3: {
        Window w;
        w.kernel_height = 1 + t.Below(3);
        w.kernel_width = 1 + t.Below(5);
        w.stride_height = 1 + t.Below(3);
        w.stride_width = pick({1, 1, 2, 3});
        w.dilation_height = 1 + t.Below(2);
        w.dilation_width = 1 + t.Below(2);
        w.padding_top = w.padding_bottom = (w.kernel_height - 1) * w.dilation_height;
        w.padding_left = t.Below(3);
        w.padding_right = (w.kernel_width - 1) * w.dilation_width;
        const int64_t groups = shape.channels % 2 == 0 ? pick({1, 2, shape.channels}) : pick({1, shape.channels});
        Node node = t.Convolution(at, shape.channels, groups * pick({1, 2, 16}), w, density(), groups);
        node.activation = activation();
        at = t.Add(node);
        break;
      }
      case 4: {
        // A residual block: two 3×3 convolutions and a sum.
        Window w;
        w.kernel_height = w.kernel_width = 3;
        w.padding_top = w.padding_bottom = w.padding_left = w.padding_right = 1;
        Node first = t.Convolution(at, shape.channels, 16, w, density());
        first.activation = {Activation::kRelu, 0};
        const int32_t between = t.Add(first);
        Node second = t.Convolution(between, 16, shape.channels, w, density());
        second.residual = at;
        second.activation = {Activation::kRelu, 0};
        at = t.Add(second);
        break;
      }
      case 5: {
        Node node = t.ScaleShift(at, shape.channels);
        node.activation = activation();
        at = t.Add(node);
        break;
      }
      case 6: {
        Node node;
        node.op = pick({0, 1}) == 0 ? Op::kMaxPool : Op::kAveragePool;
        node.inputs = {at};
        node.window.kernel_height = 1 + t.Below(std::min<int64_t>(3, shape.height));
        node.window.kernel_width = 1 + t.Below(std::min<int64_t>(4, shape.width));
        node.window.stride_height = 1 + t.Below(3);
        node.window.stride_width = 1 + t.Below(2);
        node.window.padding_top = t.Below(node.window.kernel_height);
        node.window.padding_right = t.Below(node.window.kernel_width);
        at = t.Add(node);
        break;
      }
      case 7: {
        const Op op = static_cast<Op>(static_cast<int>(Op::kAdd) + static_cast<int>(t.Below(4)));
        Node pool;
        pool.op = Op::kAveragePool;
        pool.inputs = {at};
        pool.window.kernel_height = shape.height;
        pool.window.kernel_width = shape.width;
        const int32_t everywhere = t.Add(pool);
        at = pick({0, 1}) == 0 ? t.Simple(op, {everywhere, at}) : t.Simple(op, {at, at, everywhere});
        break;
      }
      case 8:
        at = t.Simple(Op::kConcatenate, {at, at});
        break;
      case 9: {
        Node node;
        node.op = pick({0, 1}) == 0 ? Op::kZeroPad : Op::kUpsample;
        node.inputs = {at};
        node.window.kernel_height = 1 + t.Below(2);
        node.window.kernel_width = 1 + t.Below(3);
        if (node.op == Op::kZeroPad) {
          node.window.padding_top = t.Below(3);
          node.window.padding_left = t.Below(3);
          node.window.padding_right = t.Below(2);
          node.channels_before = t.Below(2);
          node.channels_behind = t.Below(3);
          node.window.kernel_height = node.window.kernel_width = 1;
        }
        at = t.Add(node);
        break;
      }
      case 10:
        at = t.Simple(pick({0, 1}) == 0 ? Op::kSoftmax : Op::kLogSoftmax, {at});
        break;
      default: {
        // Flatten, dense, and another dense layer.
        Node flat;
        flat.op = Op::kReshape;
        flat.inputs = {at};
        flat.shape = {1, 1, shape.floats()};
        at = t.Add(flat);
        Node dense = t.Convolution(at, shape.floats(), pick({1, 7, 40}), {}, density());
        dense.activation = activation();
        at = t.Add(dense);
        break;
      }
    }
    if (layer % 2 == 1) t.Output(at);
  }
  t.Output(at);
  return made;
}

}  // namespace winnow::plan::testing

#endif  // WINNOW_PLAN_TESTING_H_
