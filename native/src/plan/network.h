// A network as data: what a plan is made of. It knows no JavaScript and no TensorFlow.
#ifndef WINNOW_PLAN_NETWORK_H_
#define WINNOW_PLAN_NETWORK_H_

#include <cstdint>
#include <vector>

#include "core/status.h"
#include "ops/conv2d/conv2d.h"
#include "plan/activation.h"

namespace winnow::plan {

/// One image's, or one example's, numbers: [height, width, channels]. A vector is 1 × 1 × channels, a sequence 1 ×
/// length × channels.
struct Shape {
  int64_t height = 1;
  int64_t width = 1;
  int64_t channels = 1;

  int64_t pixels() const { return height * width; }
  int64_t floats() const { return height * width * channels; }
  bool operator==(const Shape& other) const {
    return height == other.height && width == other.width && channels == other.channels;
  }
};

/// The numbers stand in programs (see ParseNetwork), so they stay.
enum class Op {
  kInput = 0,
  kOutput = 1,
  /// Also dense layers (1 × 1), depthwise ones (groups) and one-dimensional ones (height 1).
  kConvolution = 2,
  /// x · scale + shift, for each channel: BatchNorm that cannot be folded.
  kScaleShift = 3,
  kActivation = 4,
  /// Element by element, of two inputs or more; one that is 1 × 1 × channels is used at every pixel.
  kAdd = 5,
  kMultiply = 6,
  kMaximum = 7,
  kMinimum = 8,
  /// Along the channels.
  kConcatenate = 9,
  kMaxPool = 10,
  /// The mean of the pixels that a window meets; padding does not count.
  kAveragePool = 11,
  kZeroPad = 12,
  /// Every pixel several times.
  kUpsample = 13,
  /// The same numbers in their order, under another shape.
  kReshape = 14,
  /// Along the channels of every pixel.
  kSoftmax = 15,
  kLogSoftmax = 16,
};
inline constexpr int kOpCount = 17;

/// A window that moves over images.
struct Window {
  int64_t kernel_height = 1, kernel_width = 1;
  int64_t stride_height = 1, stride_width = 1;
  int64_t padding_top = 0, padding_bottom = 0, padding_left = 0, padding_right = 0;
  int64_t dilation_height = 1, dilation_width = 1;
};

/// One operation. Its result is the value with the node's number.
struct Node {
  Op op = Op::kInput;
  /// Earlier nodes.
  std::vector<int32_t> inputs;
  /// What is applied to the result, after bias and residual.
  ActivationCall activation;
  /// Input, reshape: given. All others: set by CheckNetwork.
  Shape shape;
  /// Convolution and pools; the paddings alone of kZeroPad, the kernel's sizes alone, as factors, of kUpsample.
  Window window;
  /// kZeroPad: channels of zeros before and behind the input's.
  int64_t channels_before = 0, channels_behind = 0;
  /// Convolution: weights [kernel_height, kernel_width, group_inputs, outputs], group_inputs being the input's channels
  /// divided by the groups.
  int64_t groups = 1, group_inputs = 1, outputs = 1;
  const float* weights = nullptr;
  /// Convolution, [out]; null for none.
  const float* bias = nullptr;
  /// Convolution: a value of the result's shape that is added before the activation; -1 for none.
  int32_t residual = -1;
  /// kScaleShift: [channels] each.
  const float* scale = nullptr;
  const float* shift = nullptr;
};

/// Nodes in the order in which they run. The floats they point to are the caller's, and read only while a plan is made.
struct Network {
  std::vector<Node> nodes;
};

inline constexpr int64_t kMostNodes = 1 << 16;
/// Floats of a value of sixteen images with its padding, so that an offset into it is 32 bits.
inline constexpr int64_t kMostValueFloats = int64_t{1} << 31;

/// The convolution of a node as an operation on `batch` images; `in` is its input's shape.
Conv2dDescriptor DescriptorOf(const Node& node, const Shape& in, int64_t batch);

/// Reads a program, numbers that stand in a row node by node (docs: native/lib/network-plan.ts), with `weights` behind
/// it. kInvalidArgument, with the node and what is wrong, for anything that is no network; nothing is read outside of
/// the two arrays. The network points into `weights`.
Status ParseNetwork(const double* program, int64_t program_count, const float* weights, int64_t weight_count,
                    Network* network);

/// Checks all of a network and sets the shapes of its nodes. kInvalidArgument with the node's number.
Status CheckNetwork(Network* network);

/// The whole network on one example after the other, scalar, in double from input to output: the tests compare with
/// it. `inputs` and `outputs`: [batch, …] each, in the order of their nodes.
Status RunNetworkReference(const Network& checked, int64_t batch, const std::vector<const float*>& inputs,
                           const std::vector<float*>& outputs);

}  // namespace winnow::plan

#endif  // WINNOW_PLAN_NETWORK_H_
