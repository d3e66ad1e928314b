// The reference of the tests: one example at a time, plain loops, in double.
#include <algorithm>
#include <cmath>
#include <limits>

#include "plan/network.h"

namespace winnow::plan {
namespace {

using Values = std::vector<double>;

double Activated(ActivationCall call, double x) {
  const double alpha = call.alpha;
  const auto softplus = [](double v) { return std::max(v, 0.0) + std::log1p(std::exp(-std::fabs(v))); };
  if (std::isnan(x)) return x;
  switch (call.kind) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kCappedRelu:
      return std::min(std::max(x, 0.0), alpha);
    case Activation::kLeakyRelu:
      return x < 0 ? x * alpha : x;
    case Activation::kElu:
      return x < 0 ? alpha * std::expm1(x) : x;
    case Activation::kSelu:
      return double{kSeluScale} * (x < 0 ? double{kSeluAlpha} * std::expm1(x) : x);
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::kHardSigmoid:
      return std::clamp(0.2 * x + 0.5, 0.0, 1.0);
    case Activation::kTanh:
      return std::tanh(x);
    case Activation::kSoftplus:
      return softplus(x);
    case Activation::kSoftsign:
      return x / (1 + std::fabs(x));
    case Activation::kGelu:
      return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5)));
    case Activation::kGeluTanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
    case Activation::kSwish:
      return x / (1 + std::exp(-x));
    case Activation::kMish:
      return x * std::tanh(softplus(x));
    case Activation::kThresholdedRelu:
      return x > alpha ? x : 0;
  }
  return x;
}

int64_t At(const Shape& shape, int64_t i, int64_t j, int64_t channel) {
  return (i * shape.width + j) * shape.channels + channel;
}

/// Calls each(i, j, u, v) for the taps of a window at an output pixel that meet the image.
template <typename Each>
void ForTaps(const Window& w, const Shape& in, int64_t row, int64_t column, const Each& each) {
  for (int64_t u = 0; u < w.kernel_height; ++u) {
    for (int64_t v = 0; v < w.kernel_width; ++v) {
      const int64_t i = row * w.stride_height + u * w.dilation_height - w.padding_top;
      const int64_t j = column * w.stride_width + v * w.dilation_width - w.padding_left;
      if (i >= 0 && i < in.height && j >= 0 && j < in.width) each(i, j, u, v);
    }
  }
}

double Convolved(const Node& node, const Shape& in, const Values& x, int64_t i, int64_t j, int64_t output) {
  const int64_t inputs = in.channels / node.groups, group = output / (node.outputs / node.groups);
  double sum = node.bias == nullptr ? 0 : node.bias[output];
  ForTaps(node.window, in, i, j, [&](int64_t row, int64_t column, int64_t u, int64_t v) {
    for (int64_t c = 0; c < inputs; ++c) {
      const float weight = node.weights[((u * node.window.kernel_width + v) * inputs + c) * node.outputs + output];
      // As in the sparse form: what is 0 meets nothing.
      if (weight != 0) sum += weight * x[At(in, row, column, group * inputs + c)];
    }
  });
  return sum;
}

double Pooled(const Node& node, const Shape& in, const Values& x, int64_t i, int64_t j, int64_t channel) {
  const bool is_maximum = node.op == Op::kMaxPool;
  double result = is_maximum ? -std::numeric_limits<double>::infinity() : 0;
  int64_t count = 0;
  ForTaps(node.window, in, i, j, [&](int64_t row, int64_t column, int64_t, int64_t) {
    const double value = x[At(in, row, column, channel)];
    result = is_maximum ? (std::isnan(value) || std::isnan(result) ? value + result : std::max(result, value))
                        : result + value;
    ++count;
  });
  return is_maximum ? result : result / static_cast<double>(count);
}

double Combined(Op op, double a, double b) {
  if (op == Op::kAdd) return a + b;
  if (op == Op::kMultiply) return a * b;
  if (std::isnan(a) || std::isnan(b)) return a + b;
  return op == Op::kMaximum ? std::max(a, b) : std::min(a, b);
}

class Reference {
 public:
  explicit Reference(const std::vector<Node>& nodes) : nodes_(nodes), values_(nodes.size()) {}

  void Run(const std::vector<const float*>& inputs, const std::vector<float*>& outputs, int64_t example) {
    size_t next_input = 0, next_output = 0;
    for (size_t number = 0; number < nodes_.size(); ++number) {
      const Node& node = nodes_[number];
      const int64_t floats = node.shape.floats();
      Values& y = values_[number];
      y.assign(floats, 0.0);
      if (node.op == Op::kInput) {
        std::copy_n(inputs[next_input++] + example * floats, floats, y.begin());
      } else if (node.op == Op::kOutput) {
        const Values& x = values_[node.inputs[0]];
        std::copy_n(x.begin(), floats, outputs[next_output++] + example * floats);
      } else {
        Compute(node, y);
      }
    }
  }

 private:
  const Values& In(const Node& node, size_t at = 0) const { return values_[node.inputs[at]]; }
  const Shape& InShape(const Node& node, size_t at = 0) const { return nodes_[node.inputs[at]].shape; }

  void Compute(const Node& node, Values& y) const {
    if (node.op == Op::kReshape) {
      y = In(node);
      return;
    }
    if (node.op == Op::kSoftmax || node.op == Op::kLogSoftmax) return Softmax(node, y);
    for (int64_t i = 0; i < node.shape.height; ++i) {
      for (int64_t j = 0; j < node.shape.width; ++j) {
        for (int64_t c = 0; c < node.shape.channels; ++c) {
          const int64_t at = At(node.shape, i, j, c);
          double value = Element(node, i, j, c);
          if (node.residual >= 0) value += values_[node.residual][at];
          y[at] = Activated(node.activation, value);
        }
      }
    }
  }

  double Element(const Node& node, int64_t i, int64_t j, int64_t c) const {
    const Shape& in = InShape(node);
    const Window& w = node.window;
    switch (node.op) {
      case Op::kConvolution:
        return Convolved(node, in, In(node), i, j, c);
      case Op::kScaleShift:
        return In(node)[At(in, i, j, c)] * node.scale[c] + node.shift[c];
      case Op::kAdd:
      case Op::kMultiply:
      case Op::kMaximum:
      case Op::kMinimum: {
        double result = Everywhere(node, 0, i, j, c);
        for (size_t k = 1; k < node.inputs.size(); ++k)
          result = Combined(node.op, result, Everywhere(node, k, i, j, c));
        return result;
      }
      case Op::kConcatenate: {
        size_t k = 0;
        for (; c >= InShape(node, k).channels; ++k) c -= InShape(node, k).channels;
        return In(node, k)[At(InShape(node, k), i, j, c)];
      }
      case Op::kMaxPool:
      case Op::kAveragePool:
        return Pooled(node, in, In(node), i, j, c);
      case Op::kZeroPad: {
        const int64_t row = i - w.padding_top, column = j - w.padding_left;
        const int64_t channel = c - node.channels_before;
        const bool is_inside =
            row >= 0 && row < in.height && column >= 0 && column < in.width && channel >= 0 && channel < in.channels;
        return is_inside ? In(node)[At(in, row, column, channel)] : 0;
      }
      case Op::kUpsample:
        return In(node)[At(in, i / w.kernel_height, j / w.kernel_width, c)];
      default:
        return In(node)[At(in, i, j, c)];
    }
  }

  double Everywhere(const Node& node, size_t k, int64_t i, int64_t j, int64_t c) const {
    const Shape& in = InShape(node, k);
    return In(node, k)[in == node.shape ? At(in, i, j, c) : c];
  }

  void Softmax(const Node& node, Values& y) const {
    const Values& x = In(node);
    for (int64_t first = 0; first < node.shape.floats(); first += node.shape.channels) {
      const double largest = *std::max_element(x.begin() + first, x.begin() + first + node.shape.channels);
      double sum = 0;
      for (int64_t c = 0; c < node.shape.channels; ++c) sum += std::exp(x[first + c] - largest);
      for (int64_t c = 0; c < node.shape.channels; ++c) {
        const double logarithm = x[first + c] - largest - std::log(sum);
        y[first + c] = node.op == Op::kLogSoftmax ? logarithm : std::exp(logarithm);
      }
    }
  }

  const std::vector<Node>& nodes_;
  std::vector<Values> values_;
};

}  // namespace

Status RunNetworkReference(const Network& checked, int64_t batch, const std::vector<const float*>& inputs,
                           const std::vector<float*>& outputs) {
  Reference reference(checked.nodes);
  for (int64_t example = 0; example < batch; ++example) reference.Run(inputs, outputs, example);
  return {};
}

}  // namespace winnow::plan
