#include <string>

#include "core/checked_size.h"
#include "plan/network.h"

namespace winnow::plan {
namespace {

/// Of one image; sixteen with their padding are checked where a plan lays them out.
constexpr int64_t kMostFloats = kMostValueFloats / 16;

std::string ShapeAsText(const Shape& shape) { return SizesAsText({shape.height, shape.width, shape.channels}); }

Status CheckShape(const Shape& shape) {
  const auto floats = ProductOf({shape.height, shape.width, shape.channels});
  if (floats && *floats >= 1 && *floats <= kMostFloats) return {};
  return InvalidArgument("height × width × channels must be in [1, " + std::to_string(kMostFloats) + "], got " +
                         ShapeAsText(shape));
}

/// The fewest and the most inputs of an operation.
struct InputCount {
  size_t least, most;
};

InputCount InputsOf(Op op) {
  switch (op) {
    case Op::kInput:
      return {0, 0};
    case Op::kAdd:
    case Op::kMultiply:
    case Op::kMaximum:
    case Op::kMinimum:
    case Op::kConcatenate:
      return {1, 1024};
    default:
      return {1, 1};
  }
}

class Checker {
 public:
  explicit Checker(std::vector<Node>& nodes) : nodes_(nodes) {}

  Status Check(int64_t number) {
    Node& node = nodes_[number];
    const InputCount count = InputsOf(node.op);
    if (node.inputs.size() < count.least || node.inputs.size() > count.most) {
      return InvalidArgument("inputs must be " + std::to_string(count.least) +
                             (count.most > count.least ? " or more" : "") + ", got " +
                             std::to_string(node.inputs.size()));
    }
    for (int32_t input : node.inputs) WINNOW_RETURN_IF_ERROR(CheckInput("input", input, number));
    const bool takes_activation =
        node.op == Op::kConvolution || node.op == Op::kScaleShift || node.op == Op::kActivation || node.op == Op::kAdd;
    if (node.activation.kind != Activation::kNone && !takes_activation) {
      return InvalidArgument("activation must be 0 for this op, got " +
                             std::to_string(static_cast<int>(node.activation.kind)));
    }
    WINNOW_RETURN_IF_ERROR(SetShape(number));
    return CheckShape(node.shape);
  }

 private:
  Status CheckInput(const char* name, int32_t input, int64_t number) const {
    if (number == 0) return InvalidArgument(std::string(name) + " must be an earlier node, and there is none");
    WINNOW_RETURN_IF_ERROR(CheckRange(name, input, 0, number - 1));
    if (nodes_[input].op != Op::kOutput) return {};
    return InvalidArgument(std::string(name) + " must not be an output, got " + std::to_string(input));
  }

  const Shape& In(const Node& node, size_t at = 0) const { return nodes_[node.inputs[at]].shape; }

  Status SetShape(int64_t number) {
    Node& node = nodes_[number];
    switch (node.op) {
      case Op::kInput:
        return {};
      case Op::kReshape:
        WINNOW_RETURN_IF_ERROR(CheckShape(node.shape));
        if (node.shape.floats() == In(node).floats()) return {};
        return InvalidArgument("shape must have as many elements as its input's " + ShapeAsText(In(node)) + ", got " +
                               ShapeAsText(node.shape));
      case Op::kConvolution:
        return SetConvolution(node, number);
      case Op::kScaleShift:
        return SameChannels(node);
      case Op::kAdd:
      case Op::kMultiply:
      case Op::kMaximum:
      case Op::kMinimum:
        return SetElementwise(node);
      case Op::kConcatenate:
        return SetConcatenate(node);
      case Op::kMaxPool:
      case Op::kAveragePool:
        return SetPool(node);
      case Op::kZeroPad: {
        const Window& w = node.window;
        node.shape = {In(node).height + w.padding_top + w.padding_bottom,
                      In(node).width + w.padding_left + w.padding_right,
                      In(node).channels + node.channels_before + node.channels_behind};
        return {};
      }
      case Op::kUpsample:
        node.shape = {In(node).height * node.window.kernel_height, In(node).width * node.window.kernel_width,
                      In(node).channels};
        return {};
      default:
        node.shape = In(node);
        return {};
    }
  }

  Status SameChannels(Node& node) {
    if (node.shape.channels != In(node).channels) {
      return InvalidArgument("channels must be the input's " + std::to_string(In(node).channels) + ", got " +
                             std::to_string(node.shape.channels));
    }
    node.shape = In(node);
    return {};
  }

  Status SetConvolution(Node& node, int64_t number) {
    const Shape& in = In(node);
    if (in.channels / node.groups != node.group_inputs || in.channels % node.groups != 0) {
      return InvalidArgument("groupInputs × groups must be the input's " + std::to_string(in.channels) + ", got " +
                             SizesAsText({node.group_inputs, node.groups}));
    }
    Conv2dSizes sizes;
    WINNOW_RETURN_IF_ERROR(CheckConv2d(DescriptorOf(node, in, 1), &sizes));
    node.shape = {sizes.out_height, sizes.out_width, node.outputs};
    if (node.residual < 0) return {};
    WINNOW_RETURN_IF_ERROR(CheckInput("residual", node.residual, number));
    if (nodes_[node.residual].shape == node.shape) return {};
    return InvalidArgument("residual must have the shape " + ShapeAsText(node.shape) + ", got " +
                           ShapeAsText(nodes_[node.residual].shape));
  }

  /// An input at every pixel need not come last.
  Status SetElementwise(Node& node) {
    node.shape = In(node);
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      if (In(node, i).pixels() > node.shape.pixels() || node.shape.pixels() == 1) node.shape = In(node, i);
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const Shape& in = In(node, i);
      const bool is_at_every_pixel = in.height == 1 && in.width == 1 && in.channels == node.shape.channels;
      if (in == node.shape || is_at_every_pixel) continue;
      return InvalidArgument("inputs must have one shape, or 1 × 1 × channels, got " + ShapeAsText(node.shape) +
                             " and " + ShapeAsText(in));
    }
    return {};
  }

  Status SetConcatenate(Node& node) {
    node.shape = In(node);
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      const Shape& in = In(node, i);
      if (in.height != node.shape.height || in.width != node.shape.width) {
        return InvalidArgument("inputs must have one height and width, got " + ShapeAsText(node.shape) + " and " +
                               ShapeAsText(in));
      }
      node.shape.channels += in.channels;
      WINNOW_RETURN_IF_ERROR(CheckShape(node.shape));
    }
    return {};
  }

  Status SetPool(Node& node) {
    const Shape& in = In(node);
    const Window& w = node.window;
    // Every window meets a pixel.
    if (w.padding_top >= w.kernel_height || w.padding_bottom >= w.kernel_height || w.padding_left >= w.kernel_width ||
        w.padding_right >= w.kernel_width) {
      return InvalidArgument("paddings of a pool must be less than its window, got " +
                             SizesAsText({w.kernel_height, w.kernel_width}));
    }
    Node as_convolution = node;
    as_convolution.groups = as_convolution.outputs = in.channels;
    Conv2dSizes sizes;
    WINNOW_RETURN_IF_ERROR(CheckConv2d(DescriptorOf(as_convolution, in, 1), &sizes));
    node.shape = {sizes.out_height, sizes.out_width, in.channels};
    return {};
  }

  std::vector<Node>& nodes_;
};

}  // namespace

Conv2dDescriptor DescriptorOf(const Node& node, const Shape& in, int64_t batch) {
  const Window& w = node.window;
  Conv2dDescriptor d;
  d.batch = batch;
  d.in_height = in.height;
  d.in_width = in.width;
  d.in_channels = in.channels;
  d.out_channels = node.outputs;
  d.kernel_height = w.kernel_height;
  d.kernel_width = w.kernel_width;
  d.stride_height = w.stride_height;
  d.stride_width = w.stride_width;
  d.padding_top = w.padding_top;
  d.padding_bottom = w.padding_bottom;
  d.padding_left = w.padding_left;
  d.padding_right = w.padding_right;
  d.dilation_height = w.dilation_height;
  d.dilation_width = w.dilation_width;
  d.groups = node.groups;
  return d;
}

Status CheckNetwork(Network* network) {
  std::vector<Node>& nodes = network->nodes;
  if (static_cast<int64_t>(nodes.size()) > kMostNodes) return InvalidArgument("nodes must be at most 65536");
  int64_t inputs = 0, outputs = 0;
  Checker checker(nodes);
  for (size_t number = 0; number < nodes.size(); ++number) {
    inputs += nodes[number].op == Op::kInput;
    outputs += nodes[number].op == Op::kOutput;
    WINNOW_RETURN_IF_ERROR(checker.Check(static_cast<int64_t>(number)).In("nodes", static_cast<int64_t>(number)));
  }
  if (inputs == 0 || outputs == 0) return InvalidArgument("nodes must have an input and an output");
  return {};
}

}  // namespace winnow::plan
