#include <string>
#include <vector>

#include "core/scratch.h"
#include "core/workspace_pool.h"
#include "ops/conv2d/conv2d_plan.h"
#include "tensorflow/core/framework/device_base.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

constexpr char kName[] = "winnow.conv2d";

/// [batch of images, unknown, unknown, channels].
absl::Status ImageShape(InferenceContext* context, int images, int filter, int channel_axis, bool is_grouped) {
  ShapeHandle image_shape, filter_shape;
  TF_RETURN_IF_ERROR(context->WithRank(context->input(images), 4, &image_shape));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(filter), 4, &filter_shape));
  auto channels = context->Dim(filter_shape, channel_axis);
  if (is_grouped) {
    int64_t groups;
    TF_RETURN_IF_ERROR(context->GetAttr("groups", &groups));
    TF_RETURN_IF_ERROR(context->Multiply(channels, groups, &channels));
  }
  context->set_output(
      0, context->MakeShape({context->Dim(image_shape, 0), context->UnknownDim(), context->UnknownDim(), channels}));
  return absl::OkStatus();
}

// A layer's geometry is an attribute: TensorFlow keeps a kernel for every layer, not for every step. strides and
// dilations are [height, width], padding [top, bottom, left, right].
REGISTER_OP("WinnowConv2d")
    .Input("x: float")
    .Input("filter: float")
    .Attr("strides: list(int) = [1, 1]")
    .Attr("padding: list(int) = [0, 0, 0, 0]")
    .Attr("dilations: list(int) = [1, 1]")
    .Attr("groups: int = 1")
    .Attr("execution: {'auto', 'dense', 'sparse'} = 'dense'")
    .Output("y: float")
    .SetShapeFn([](InferenceContext* context) { return ImageShape(context, 0, 1, 3, false); });

// rest: the rows and columns of x behind what the last window reaches, [height, width]. With the rest of the geometry
// it gives x's size and is smaller than the strides, so that images of many sizes do not make many kernels.
REGISTER_OP("WinnowConv2dInputGrad")
    .Input("filter: float")
    .Input("dy: float")
    .Attr("strides: list(int) = [1, 1]")
    .Attr("padding: list(int) = [0, 0, 0, 0]")
    .Attr("dilations: list(int) = [1, 1]")
    .Attr("groups: int = 1")
    .Attr("rest: list(int) = [0, 0]")
    .Attr("execution: {'auto', 'dense', 'sparse'} = 'dense'")
    .Output("dx: float")
    .SetShapeFn([](InferenceContext* context) { return ImageShape(context, 1, 0, 2, true); });

// kernel: the filter's [height, width].
REGISTER_OP("WinnowConv2dFilterGrad")
    .Input("x: float")
    .Input("dy: float")
    .Attr("strides: list(int) = [1, 1]")
    .Attr("padding: list(int) = [0, 0, 0, 0]")
    .Attr("dilations: list(int) = [1, 1]")
    .Attr("groups: int = 1")
    .Attr("kernel: list(int)")
    .Output("dfilter: float")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->UnknownShapeOfRank(4));
      return absl::OkStatus();
    });

// The gradient of the kept weights alone; the others have 0. Kept is where mask, of the filter's shape, is not 0: the
// filter itself, or what it was masked by, so that a kept weight may be 0. With origin, from which something made mask
// by setting weights to 0, those that were 0 before are kept as well.
REGISTER_OP("WinnowConv2dKeptFilterGrad")
    .Input("x: float")
    .Input("dy: float")
    .Input("mask: T")
    .Input("origin: origins * float")
    .Attr("T: {float, bool} = DT_FLOAT")
    .Attr("origins: int >= 0 = 0")
    .Attr("strides: list(int) = [1, 1]")
    .Attr("padding: list(int) = [0, 0, 0, 0]")
    .Attr("dilations: list(int) = [1, 1]")
    .Attr("groups: int = 1")
    .Output("dfilter: float")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(2));
      return absl::OkStatus();
    });

absl::Status ReadList(OpKernelConstruction* context, const char* name, size_t size, std::vector<int64_t>* list) {
  TF_RETURN_IF_ERROR(context->GetAttr(name, list));
  if (list->size() == size) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(kName, ": ", name, " must have ", size, " numbers, got ", list->size()));
}

/// Strides, padding, dilations and groups.
absl::Status ReadGeometry(OpKernelConstruction* context, Conv2dDescriptor* d) {
  std::vector<int64_t> strides, padding, dilations;
  TF_RETURN_IF_ERROR(ReadList(context, "strides", 2, &strides));
  TF_RETURN_IF_ERROR(ReadList(context, "padding", 4, &padding));
  TF_RETURN_IF_ERROR(ReadList(context, "dilations", 2, &dilations));
  TF_RETURN_IF_ERROR(context->GetAttr("groups", &d->groups));
  d->stride_height = strides[0];
  d->stride_width = strides[1];
  d->padding_top = padding[0];
  d->padding_bottom = padding[1];
  d->padding_left = padding[2];
  d->padding_right = padding[3];
  d->dilation_height = dilations[0];
  d->dilation_width = dilations[1];
  return absl::OkStatus();
}

absl::Status CheckRank(const char* name, const Tensor& tensor) {
  if (tensor.dims() == 4) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(kName, ": ", name, " must have rank 4, got ", tensor.dims()));
}

constexpr const char* FirstName(Conv2dPass pass) { return pass == Conv2dPass::kInputGrad ? "filter" : "x"; }
constexpr const char* SecondName(Conv2dPass pass) { return pass == Conv2dPass::kForward ? "filter" : "dy"; }

ConstFloats All(const Tensor& tensor) { return {Floats(tensor), tensor.NumElements()}; }
MutableFloats All(Tensor& tensor) { return {Floats(&tensor), tensor.NumElements()}; }

/// How a plan's filter is multiplied.
enum class Execution { kAuto, kDense, kSparse };

absl::Status ReadExecution(OpKernelConstruction* context, Execution* execution) {
  std::string text;
  TF_RETURN_IF_ERROR(context->GetAttr("execution", &text));
  *execution = text == "sparse" ? Execution::kSparse : text == "auto" ? Execution::kAuto : Execution::kDense;
  return absl::OkStatus();
}

/// Which weights are kept, in the form that plans take: 1 or 0, or the floats of `mask` themselves.
absl::Status ReadKept(OpKernelContext* context, const TensorShape& filter, Scratch<float>* own, ConstFloats* kept) {
  const Tensor& mask = context->input(2);
  TF_RETURN_IF_ERROR(CheckShape(kName, "mask", mask, filter));
  const int origins = context->num_inputs() - 3;
  if (origins > 1) {
    return absl::InvalidArgumentError(absl::StrCat(kName, ": origin must be one tensor or none, got ", origins));
  }
  const bool is_bool = mask.dtype() == tensorflow::DT_BOOL;
  if (!is_bool && origins == 0) {
    *kept = All(mask);
    return absl::OkStatus();
  }
  *kept = {nullptr, mask.NumElements()};
  *own = Scratch<float>(kept->count);
  if (own->data() == nullptr) return ToTensorFlow(kName, OutOfMemory());
  float* const to = own->data();
  if (is_bool) {
    const uint8_t* const from = Bytes(mask);
    for (int64_t i = 0; i < kept->count; ++i) to[i] = from[i] != 0;
  } else {
    const float* const from = Floats(mask);
    for (int64_t i = 0; i < kept->count; ++i) to[i] = from[i] != 0;
  }
  if (origins == 1) {
    const Tensor& origin = context->input(3);
    TF_RETURN_IF_ERROR(CheckShape(kName, "origin", origin, filter));
    const float* const before = Floats(origin);
    for (int64_t i = 0; i < kept->count; ++i) to[i] += before[i] == 0;
  }
  kept->data = to;
  return absl::OkStatus();
}

/// `kKept`: the gradient of the filter has a third input, which says what is kept.
template <Conv2dPass kPass, bool kKept = false>
class Conv2dOp : public OpKernel {
 public:
  explicit Conv2dOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, ReadGeometry(context, &geometry_));
    if (kPass == Conv2dPass::kInputGrad) OP_REQUIRES_OK(context, ReadList(context, "rest", 2, &rest_));
    if (kPass != Conv2dPass::kFilterGrad) OP_REQUIRES_OK(context, ReadExecution(context, &execution_));
    if (kPass == Conv2dPass::kFilterGrad && !kKept) {
      std::vector<int64_t> kernel;
      OP_REQUIRES_OK(context, ReadList(context, "kernel", 2, &kernel));
      geometry_.kernel_height = kernel[0];
      geometry_.kernel_width = kernel[1];
    }
  }

  absl::Status Run(OpKernelContext* context) override {
    const Tensor &first = context->input(0), &second = context->input(1);
    TF_RETURN_IF_ERROR(CheckRank(FirstName(kPass), first));
    TF_RETURN_IF_ERROR(CheckRank(SecondName(kPass), second));
    Conv2dDescriptor descriptor;
    TF_RETURN_IF_ERROR(ToTensorFlow(kName, Describe(first, second, &descriptor)));
    if (kKept) TF_RETURN_IF_ERROR(DescribeKept(context->input(2), &descriptor));
    Conv2dPlan plan;
    TF_RETURN_IF_ERROR(
        ToTensorFlow(kName, Conv2dPlan::Create(descriptor, kPass, &plan, AlgorithmFor(descriptor, first, second))));
    const Conv2dSizes& sizes = plan.sizes();
    const Conv2dDescriptor& d = descriptor;
    TensorShape x, filter, y;
    TF_RETURN_IF_ERROR(TensorShape::BuildTensorShape({d.batch, d.in_height, d.in_width, d.in_channels}, &x));
    TF_RETURN_IF_ERROR(TensorShape::BuildTensorShape(
        {d.kernel_height, d.kernel_width, d.in_channels / d.groups, d.out_channels}, &filter));
    TF_RETURN_IF_ERROR(TensorShape::BuildTensorShape({d.batch, sizes.out_height, sizes.out_width, d.out_channels}, &y));
    const bool is_forward = kPass == Conv2dPass::kForward, is_backward = kPass == Conv2dPass::kInputGrad;
    TF_RETURN_IF_ERROR(CheckShape(kName, FirstName(kPass), first, is_backward ? filter : x));
    TF_RETURN_IF_ERROR(CheckShape(kName, SecondName(kPass), second, is_forward ? filter : y));
    WorkerPoolFor parallel_for(context);
    if (kKept) {
      Scratch<float> own;
      ConstFloats kept;
      TF_RETURN_IF_ERROR(ReadKept(context, filter, &own, &kept));
      TF_RETURN_IF_ERROR(ToTensorFlow(kName, plan.PrepareWeights(kept, parallel_for)));
    }
    Tensor* out = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, is_forward ? y : is_backward ? x : filter, &out));
    const int threads = context->device()->tensorflow_cpu_worker_threads()->num_threads;
    // The calling thread computes, too.
    const int64_t floats = plan.WorkspaceSize(threads + 1);
    const WorkspacePool::Loan workspace = WorkspacePool::Shared().Lend(floats);
    if (workspace.data() == nullptr) return ToTensorFlow(kName, OutOfMemory());
    return ToTensorFlow(kName, plan.Run(All(first), All(second), parallel_for, {workspace.data(), floats}, All(*out)));
  }

 private:
  Conv2dAlgorithm AlgorithmFor(const Conv2dDescriptor& descriptor, const Tensor& first, const Tensor& second) const {
    if (kKept) return Conv2dAlgorithm::kSparse;
    if (kPass == Conv2dPass::kFilterGrad || execution_ == Execution::kDense) return Conv2dAlgorithm::kAutomatic;
    if (execution_ == Execution::kSparse) return Conv2dAlgorithm::kSparse;
    return ChooseConv2dAlgorithm(descriptor, All(kPass == Conv2dPass::kInputGrad ? first : second));
  }

  absl::Status DescribeKept(const Tensor& mask, Conv2dDescriptor* d) const {
    TF_RETURN_IF_ERROR(CheckRank("mask", mask));
    d->kernel_height = mask.dim_size(0);
    d->kernel_width = mask.dim_size(1);
    return absl::OkStatus();
  }

  /// The whole descriptor of the two tensors' sizes. What contradicts it is found when the shapes are compared.
  Status Describe(const Tensor& first, const Tensor& second, Conv2dDescriptor* d) const {
    *d = geometry_;
    const Tensor& filter = kPass == Conv2dPass::kInputGrad ? first : second;
    const Tensor& images = kPass == Conv2dPass::kInputGrad ? second : first;
    d->batch = images.dim_size(0);
    if (kPass != Conv2dPass::kFilterGrad) {
      d->kernel_height = filter.dim_size(0);
      d->kernel_width = filter.dim_size(1);
    }
    d->out_channels = second.dim_size(3);
    if (kPass == Conv2dPass::kInputGrad) {
      if (__builtin_mul_overflow(first.dim_size(2), geometry_.groups, &d->in_channels)) {
        return InvalidArgument("groups must be in [1, 2147483647], got " + std::to_string(geometry_.groups));
      }
      return SetInputSize(images.dim_size(1), images.dim_size(2), rest_[0], rest_[1], d);
    }
    d->in_height = first.dim_size(1);
    d->in_width = first.dim_size(2);
    d->in_channels = first.dim_size(3);
    return {};
  }

  Conv2dDescriptor geometry_;
  std::vector<int64_t> rest_;
  Execution execution_ = Execution::kDense;
};

REGISTER_KERNEL_BUILDER(Name("WinnowConv2d").Device(tensorflow::DEVICE_CPU), Conv2dOp<Conv2dPass::kForward>);
REGISTER_KERNEL_BUILDER(Name("WinnowConv2dInputGrad").Device(tensorflow::DEVICE_CPU), Conv2dOp<Conv2dPass::kInputGrad>);
REGISTER_KERNEL_BUILDER(Name("WinnowConv2dFilterGrad").Device(tensorflow::DEVICE_CPU),
                        Conv2dOp<Conv2dPass::kFilterGrad>);
REGISTER_KERNEL_BUILDER(Name("WinnowConv2dKeptFilterGrad").Device(tensorflow::DEVICE_CPU),
                        Conv2dOp<Conv2dPass::kFilterGrad, true>);

}  // namespace
}  // namespace winnow::tf
