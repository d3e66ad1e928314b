#include "ops/bias_activation/bias_activation.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

constexpr char kName[] = "winnow.bias_activation";
constexpr char kSumName[] = "winnow.column_sums";

// `bias` is [width], or [0] for none.
REGISTER_OP("WinnowBiasActivation")
    .Input("x: float")
    .Input("bias: float")
    .Output("y: float")
    .Attr("activation: {'none', 'relu', 'gelu', 'gelu_tanh'}")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(0));
      return absl::OkStatus();
    });

// `x` may be the output for relu. dbias is [width], or [0] if there is no bias to have a gradient.
REGISTER_OP("WinnowBiasActivationGrad")
    .Input("x: float")
    .Input("bias: float")
    .Input("dy: float")
    .Output("dx: float")
    .Output("dbias: float")
    .Attr("activation: {'relu', 'gelu', 'gelu_tanh'}")
    .Attr("has_bias: bool")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(0));
      context->set_output(1, context->Vector(InferenceContext::kUnknownDim));
      return absl::OkStatus();
    });

// The sums of a tensor over all axes but the last.
REGISTER_OP("WinnowColumnSums").Input("x: float").Output("sums: float").SetShapeFn([](InferenceContext* context) {
  ShapeHandle x;
  TF_RETURN_IF_ERROR(context->WithRankAtLeast(context->input(0), 1, &x));
  context->set_output(0, context->Vector(context->Dim(x, -1)));
  return absl::OkStatus();
});

absl::Status ReadActivation(OpKernelConstruction* context, BiasActivationKind* kind) {
  std::string text;
  TF_RETURN_IF_ERROR(context->GetAttr("activation", &text));
  *kind = text == "relu"        ? BiasActivationKind::kRelu
          : text == "gelu"      ? BiasActivationKind::kGelu
          : text == "gelu_tanh" ? BiasActivationKind::kGeluTanh
                                : BiasActivationKind::kNone;
  return absl::OkStatus();
}

/// x as a matrix; without a bias any shape is one.
absl::Status ReadMatrix(const char* op, const Tensor& x, BiasActivationArguments* arguments) {
  arguments->x = Floats(x);
  return AsRows(op, "x", x, &arguments->rows, &arguments->width);
}

absl::Status Read(OpKernelContext* context, BiasActivationKind kind, BiasActivationArguments* arguments) {
  const Tensor &x = context->input(0), &bias = context->input(1);
  TF_RETURN_IF_ERROR(ReadMatrix(kName, x, arguments));
  arguments->kind = kind;
  arguments->bias = nullptr;
  if (bias.NumElements() == 0) return absl::OkStatus();
  TF_RETURN_IF_ERROR(CheckShape(kName, "bias", bias, {arguments->width}));
  arguments->bias = Floats(bias);
  return absl::OkStatus();
}

class BiasActivationOp : public OpKernel {
 public:
  explicit BiasActivationOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, ReadActivation(context, &kind_));
  }

  absl::Status Run(OpKernelContext* context) override {
    BiasActivationArguments arguments;
    TF_RETURN_IF_ERROR(Read(context, kind_, &arguments));
    Tensor* y = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, context->input(0).shape(), &y));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, BiasActivation(arguments, parallel_for, Floats(y)));
  }

 private:
  BiasActivationKind kind_;
};

class BiasActivationGradOp : public OpKernel {
 public:
  explicit BiasActivationGradOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, ReadActivation(context, &kind_));
    OP_REQUIRES_OK(context, context->GetAttr("has_bias", &has_bias_));
  }

  absl::Status Run(OpKernelContext* context) override {
    BiasActivationArguments arguments;
    TF_RETURN_IF_ERROR(Read(context, kind_, &arguments));
    const Tensor& dy = context->input(2);
    TF_RETURN_IF_ERROR(CheckShape(kName, "dy", dy, context->input(0).shape()));
    Tensor *dx = nullptr, *dbias = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, dy.shape(), &dx));
    TF_RETURN_IF_ERROR(Allocate(context, 1, {has_bias_ ? arguments.width : 0}, &dbias));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, BiasActivationGrad(arguments, Floats(dy), parallel_for, Floats(dx),
                                                  has_bias_ ? Floats(dbias) : nullptr));
  }

 private:
  BiasActivationKind kind_;
  bool has_bias_;
};

class ColumnSumsOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  absl::Status Run(OpKernelContext* context) override {
    BiasActivationArguments arguments = {};
    TF_RETURN_IF_ERROR(ReadMatrix(kSumName, context->input(0), &arguments));
    Tensor* sums = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, {arguments.width}, &sums));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kSumName, BiasActivationGrad(arguments, arguments.x, parallel_for, nullptr, Floats(sums)));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowBiasActivation").Device(tensorflow::DEVICE_CPU), BiasActivationOp);
REGISTER_KERNEL_BUILDER(Name("WinnowBiasActivationGrad").Device(tensorflow::DEVICE_CPU), BiasActivationGradOp);
REGISTER_KERNEL_BUILDER(Name("WinnowColumnSums").Device(tensorflow::DEVICE_CPU), ColumnSumsOp);

}  // namespace
}  // namespace winnow::tf
