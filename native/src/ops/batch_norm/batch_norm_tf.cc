#include "ops/batch_norm/batch_norm.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

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
    int64_t rows, channels;
    TF_RETURN_IF_ERROR(AsRows(kName, "x", images, &rows, &channels));
    for (const auto& [index, name] : vectors) {
      TF_RETURN_IF_ERROR(CheckShape(kName, name, context->input(index), {channels}));
    }
    *arguments = {};
    arguments->rows = channels == 0 ? 0 : rows;
    arguments->channels = channels;
    arguments->x = Floats(images);
    arguments->scale = Floats(context->input(x + 1));
    arguments->offset = Floats(context->input(x + 2));
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
    *data = Floats(list[0]);
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

  absl::Status Run(OpKernelContext* context) override {
    BatchNormArguments arguments;
    TF_RETURN_IF_ERROR(
        Read(context, 0, {{1, "scale"}, {2, "offset"}, {3, "moving_mean"}, {4, "moving_variance"}}, &arguments));
    const TensorShape &shape = context->input(0).shape(), &vector = context->input(1).shape();
    TF_RETURN_IF_ERROR(ReadOptional(context, "skip", shape, &arguments.skip));
    BatchNormOutputs outputs;
    float *moved_mean, *moved_variance;
    TF_RETURN_IF_ERROR(Allocate(context, 0, shape, &outputs.y));
    TF_RETURN_IF_ERROR(Allocate(context, 1, vector, &outputs.mean));
    TF_RETURN_IF_ERROR(Allocate(context, 2, vector, &outputs.variance));
    TF_RETURN_IF_ERROR(Allocate(context, 3, vector, &moved_mean));
    TF_RETURN_IF_ERROR(Allocate(context, 4, vector, &moved_variance));
    WorkerPoolFor parallel_for(context);
    TF_RETURN_IF_ERROR(ToTensorFlow(kName, BatchNorm(arguments, parallel_for, outputs)));
    Move(context->input(3), outputs.mean, moved_mean);
    Move(context->input(4), outputs.variance, moved_variance);
    return absl::OkStatus();
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

  absl::Status Run(OpKernelContext* context) override {
    BatchNormGradArguments arguments = {};
    TF_RETURN_IF_ERROR(
        Read(context, 1, {{2, "scale"}, {3, "offset"}, {4, "mean"}, {5, "variance"}}, &arguments.forward));
    const TensorShape &shape = context->input(1).shape(), &vector = context->input(2).shape();
    TF_RETURN_IF_ERROR(CheckShape(kName, "dy", context->input(0), shape));
    arguments.dy = Floats(context->input(0));
    arguments.mean = Floats(context->input(4));
    arguments.variance = Floats(context->input(5));
    TF_RETURN_IF_ERROR(ReadOptional(context, "y", shape, &arguments.y));
    TF_RETURN_IF_ERROR(ReadOptional(context, "added", shape, &arguments.added));
    BatchNormGradOutputs outputs = {};
    TF_RETURN_IF_ERROR(Allocate(context, 0, shape, &outputs.dx));
    TF_RETURN_IF_ERROR(Allocate(context, 1, vector, &outputs.dscale));
    TF_RETURN_IF_ERROR(Allocate(context, 2, vector, &outputs.doffset));
    if (skips_ > 0) TF_RETURN_IF_ERROR(Allocate(context, 3, shape, &outputs.dskip));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, BatchNormGrad(arguments, parallel_for, outputs));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowBatchNorm").Device(tensorflow::DEVICE_CPU), BatchNormOp);
REGISTER_KERNEL_BUILDER(Name("WinnowBatchNormGrad").Device(tensorflow::DEVICE_CPU), BatchNormGradOp);

}  // namespace
}  // namespace winnow::tf
