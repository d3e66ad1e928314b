#include <cmath>
#include <string>

#include "core/checked_size.h"
#include "plan/network.h"

namespace winnow::plan {
namespace {

constexpr int64_t kMostNumber = 2147483647;
constexpr int64_t kMostInputs = 1024;

/// Reads numbers one by one and remembers what was wrong first.
class Reader {
 public:
  Reader(const double* program, int64_t count, const float* weights, int64_t weight_count)
      : program_(program), count_(count), weights_(weights), weight_count_(weight_count) {}

  bool at_end() const { return at_ == count_; }
  const Status& status() const { return status_; }

  int64_t Integer(const char* name, int64_t least = 0, int64_t most = kMostNumber) {
    const double value = Number(name);
    if (!status_.ok()) return least;
    const bool fits = value >= static_cast<double>(least) && value <= static_cast<double>(most);
    if (fits && std::floor(value) == value) return static_cast<int64_t>(value);
    Fail(std::string(name) + " must be an integer in [" + std::to_string(least) + ", " + std::to_string(most) +
         "], got " + std::to_string(value));
    return least;
  }

  double Number(const char* name) {
    if (status_.ok() && at_ == count_) Fail(std::string(name) + " is missing: the program ends");
    return status_.ok() ? program_[at_++] : 0;
  }

  /// Where `floats` weights begin; null for -1 if `optional`.
  const float* Weights(const char* name, int64_t floats, bool optional) {
    const int64_t offset = Integer(name, optional ? -1 : 0, int64_t{1} << 46);
    if (!status_.ok() || offset < 0) return nullptr;
    if (offset <= weight_count_ && floats <= weight_count_ - offset) return weights_ + offset;
    Fail(std::string(name) + " must be such that " + std::to_string(floats) + " floats follow of " +
         std::to_string(weight_count_) + ", got " + std::to_string(offset));
    return nullptr;
  }

  void Fail(const std::string& message) {
    if (status_.ok()) status_ = InvalidArgument(message);
  }

 private:
  const double* program_;
  int64_t count_;
  const float* weights_;
  int64_t weight_count_;
  int64_t at_ = 0;
  Status status_;
};

void ReadPadding(Reader& read, Window* window) {
  window->padding_top = read.Integer("paddingTop");
  window->padding_bottom = read.Integer("paddingBottom");
  window->padding_left = read.Integer("paddingLeft");
  window->padding_right = read.Integer("paddingRight");
}

void ReadWindow(Reader& read, Window* window) {
  window->kernel_height = read.Integer("kernelHeight", 1);
  window->kernel_width = read.Integer("kernelWidth", 1);
  window->stride_height = read.Integer("strideHeight", 1);
  window->stride_width = read.Integer("strideWidth", 1);
  ReadPadding(read, window);
}

void ReadConvolution(Reader& read, Node* node) {
  ReadWindow(read, &node->window);
  node->window.dilation_height = read.Integer("dilationHeight", 1);
  node->window.dilation_width = read.Integer("dilationWidth", 1);
  node->groups = read.Integer("groups", 1);
  node->group_inputs = read.Integer("groupInputs", 1);
  node->outputs = read.Integer("outputs", 1);
  const auto floats =
      ProductOf({node->window.kernel_height, node->window.kernel_width, node->group_inputs, node->outputs});
  if (!floats) return read.Fail("weights must have fewer elements");
  node->weights = read.Weights("weights", *floats, false);
  node->bias = read.Weights("bias", node->outputs, true);
  node->residual = static_cast<int32_t>(read.Integer("residual", -1));
}

void ReadNode(Reader& read, Node* node) {
  node->op = static_cast<Op>(read.Integer("op", 0, kOpCount - 1));
  node->activation.kind = static_cast<Activation>(read.Integer("activation", 0, kActivationCount - 1));
  node->activation.alpha = static_cast<float>(read.Number("alpha"));
  const int64_t inputs = read.Integer("inputs", 0, kMostInputs);
  for (int64_t i = 0; i < inputs && read.status().ok(); ++i) {
    node->inputs.push_back(static_cast<int32_t>(read.Integer("input")));
  }
  switch (node->op) {
    case Op::kInput:
    case Op::kReshape:
      node->shape.height = read.Integer("height");
      node->shape.width = read.Integer("width");
      node->shape.channels = read.Integer("channels");
      return;
    case Op::kConvolution:
      return ReadConvolution(read, node);
    case Op::kScaleShift: {
      const int64_t channels = read.Integer("channels");
      node->shape.channels = channels;
      node->scale = read.Weights("scale", channels, false);
      node->shift = read.Weights("shift", channels, false);
      return;
    }
    case Op::kMaxPool:
    case Op::kAveragePool:
      return ReadWindow(read, &node->window);
    case Op::kZeroPad:
      ReadPadding(read, &node->window);
      node->channels_before = read.Integer("channelsBefore");
      node->channels_behind = read.Integer("channelsBehind");
      return;
    case Op::kUpsample:
      node->window.kernel_height = read.Integer("factorHeight", 1);
      node->window.kernel_width = read.Integer("factorWidth", 1);
      return;
    default:
      return;
  }
}

}  // namespace

Status ParseNetwork(const double* program, int64_t program_count, const float* weights, int64_t weight_count,
                    Network* network) {
  Reader read(program, program_count, weights, weight_count);
  network->nodes.clear();
  while (!read.at_end()) {
    const auto number = static_cast<int64_t>(network->nodes.size());
    if (number == kMostNodes) return InvalidArgument("nodes must be at most 65536");
    Node node;
    ReadNode(read, &node);
    WINNOW_RETURN_IF_ERROR(read.status().In("nodes", number));
    network->nodes.push_back(std::move(node));
  }
  return {};
}

}  // namespace winnow::plan
