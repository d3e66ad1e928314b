#include "ops/batch_norm/batch_norm.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

using tensorflow::OpInputList;
using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::OpOutputList;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::shape_inference::InferenceContext;

constexpr char kName[] = "winnow.batch_norm";

// Lists of length 0 or 1 stand for what may be missing. `momentum` moves the running statistics:
// moved = current - (current - batch) * (1 - momentum).
REGISTER_OP("WinnowBatchNorm")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Input("moving_mean: float")
    .Input("moving_variance: float")
    .Input("skip: skips * float")
    .Output("y: float")
    .Output("mean: float")
    .Output("variance: float")
    .Output("moved_mean: float")
    .Output("moved_variance: float")
    .Attr("skips: int >= 0")
    .Attr("relu: bool")
    .Attr("epsilon: float")
    .Attr("momentum: float")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(0));
      for (int i = 1; i < 5; ++i) context->set_output(i, context->input(1));
      return absl::OkStatus();
    });

REGISTER_OP("WinnowBatchNormGrad")
    .Input("dy: float")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Input("mean: float")
    .Input("variance: float")
    .Input("y: skips * float")
    .Input("added: addends * float")
    .Output("dx: float")
    .Output("dscale: float")
    .Output("doffset: float")
    .Output("dskip: skips * float")
    .Attr("skips: int >= 0")
    .Attr("addends: int >= 0")
    .Attr("relu: bool")
    .Attr("epsilon: float")
    .SetShapeFn([](InferenceContext* context) {
      int skips;
      TF_RETURN_IF_ERROR(context->GetAttr("skips", &skips));
      context->set_output(0, context->input(1));
      context->set_output(1, context->input(2));
      context->set_output(2, context->input(2));
      if (skips > 0) context->set_output(3, context->input(1));
      return absl::OkStatus();
    });

/// What both kernels read: the sizes from x, and the vectors of channels after it.
class BatchNormKernel : public OpKernel {
 public:
  explicit BatchNormKernel(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("skips", &skips_));
    OP_REQUIRES_OK(context, context->GetAttr("relu", &relu_));
    OP_REQUIRES_OK(context, context->GetAttr("epsilon", &epsilon_));
  }

 protected:
  absl::Status Read(OpKernelContext* context, int x, std::initializer_list<std::pair<int, const char*>> vectors,
                    BatchNormArguments* arguments) {
    const Tensor& images = context->input(x);
    if (images.dims() < 1)
      return absl::InvalidArgumentError("winnow.batch_norm: x must have rank 1 or more, got a scalar");
    const int64_t channels = images.dim_size(images.dims() - 1);
    for (const auto& [index, name] : vectors) {
      TF_RETURN_IF_ERROR(CheckShape(kName, name, context->input(index), TensorShape({channels})));
    }
    *arguments = {};
    arguments->rows = channels == 0 ? 0 : images.NumElements() / channels;
    arguments->channels = channels;
    arguments->x = images.flat<float>().data();
    arguments->scale = context->input(x + 1).flat<float>().data();
    arguments->offset = context->input(x + 2).flat<float>().data();
    arguments->epsilon = epsilon_;
    arguments->relu = relu_;
    return absl::OkStatus();
  }

  /// The one tensor of a list, of x's shape, or null.
  absl::Status ReadOptional(OpKernelContext* context, const char* name, const TensorShape& shape, const float** data) {
    OpInputList list;
    TF_RETURN_IF_ERROR(context->input_list(name, &list));
    if (list.size() == 0) return absl::OkStatus();
    TF_RETURN_IF_ERROR(CheckShape(kName, name, list[0], shape));
    *data = list[0].flat<float>().data();
    return absl::OkStatus();
  }

  absl::Status Allocate(OpKernelContext* context, int output, const TensorShape& shape, float** data) {
    Tensor* tensor = nullptr;
    TF_RETURN_IF_ERROR(context->allocate_output(output, shape, &tensor));
    *data = tensor->flat<float>().data();
    return absl::OkStatus();
  }

  int skips_;
  bool relu_;
  float epsilon_;
};

class BatchNormOp : public BatchNormKernel {
 public:
  explicit BatchNormOp(OpKernelConstruction* context) : BatchNormKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("momentum", &momentum_));
  }

  void Compute(OpKernelContext* context) override {
    BatchNormArguments arguments;
    OP_REQUIRES_OK(context, Read(context, 0, {{1, "scale"}, {2, "offset"}, {3, "moving_mean"}, {4, "moving_variance"}},
                                 &arguments));
    const TensorShape &shape = context->input(0).shape(), &vector = context->input(1).shape();
    OP_REQUIRES_OK(context, ReadOptional(context, "skip", shape, &arguments.skip));
    BatchNormOutputs outputs;
    float *moved_mean, *moved_variance;
    OP_REQUIRES_OK(context, Allocate(context, 0, shape, &outputs.y));
    OP_REQUIRES_OK(context, Allocate(context, 1, vector, &outputs.mean));
    OP_REQUIRES_OK(context, Allocate(context, 2, vector, &outputs.variance));
    OP_REQUIRES_OK(context, Allocate(context, 3, vector, &moved_mean));
    OP_REQUIRES_OK(context, Allocate(context, 4, vector, &moved_variance));
    WorkerPoolFor parallel_for(context);
    OP_REQUIRES_OK(context, ToTensorFlow(kName, BatchNorm(arguments, parallel_for, outputs)));
    Move(context->input(3), outputs.mean, moved_mean);
    Move(context->input(4), outputs.variance, moved_variance);
  }

 private:
  void Move(const Tensor& current, const float* batch, float* moved) const {
    const auto values = current.flat<float>();
    for (int64_t i = 0; i < values.size(); ++i) moved[i] = values(i) - (values(i) - batch[i]) * (1 - momentum_);
  }

  float momentum_;
};

class BatchNormGradOp : public BatchNormKernel {
 public:
  using BatchNormKernel::BatchNormKernel;

  void Compute(OpKernelContext* context) override {
    BatchNormGradArguments arguments = {};
    OP_REQUIRES_OK(context,
                   Read(context, 1, {{2, "scale"}, {3, "offset"}, {4, "mean"}, {5, "variance"}}, &arguments.forward));
    const TensorShape &shape = context->input(1).shape(), &vector = context->input(2).shape();
    OP_REQUIRES_OK(context, CheckShape(kName, "dy", context->input(0), shape));
    arguments.dy = context->input(0).flat<float>().data();
    arguments.mean = context->input(4).flat<float>().data();
    arguments.variance = context->input(5).flat<float>().data();
    OP_REQUIRES_OK(context, ReadOptional(context, "y", shape, &arguments.y));
    OP_REQUIRES_OK(context, ReadOptional(context, "added", shape, &arguments.added));
    BatchNormGradOutputs outputs = {};
    OP_REQUIRES_OK(context, Allocate(context, 0, shape, &outputs.dx));
    OP_REQUIRES_OK(context, Allocate(context, 1, vector, &outputs.dscale));
    OP_REQUIRES_OK(context, Allocate(context, 2, vector, &outputs.doffset));
    if (skips_ > 0) OP_REQUIRES_OK(context, Allocate(context, 3, shape, &outputs.dskip));
    WorkerPoolFor parallel_for(context);
    OP_REQUIRES_OK(context, ToTensorFlow(kName, BatchNormGrad(arguments, parallel_for, outputs)));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowBatchNorm").Device(tensorflow::DEVICE_CPU), BatchNormOp);
REGISTER_KERNEL_BUILDER(Name("WinnowBatchNormGrad").Device(tensorflow::DEVICE_CPU), BatchNormGradOp);

}  // namespace
}  // namespace winnow::tf
