#include <string>

#include "ops/masked_linear/masked_linear.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

constexpr char kName[] = "winnow.masked_linear";

/// [tokens, the kernel's size along an axis].
absl::Status ProductShape(InferenceContext* context, int kernel_axis) {
  ShapeHandle tokens, kernel;
  TF_RETURN_IF_ERROR(context->WithRank(context->input(0), 2, &tokens));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(1), 2, &kernel));
  for (int i = 0; i < context->num_outputs(); ++i) {
    context->set_output(i, context->Matrix(context->Dim(tokens, 0), context->Dim(kernel, kernel_axis)));
  }
  return absl::OkStatus();
}

// activation(x · kernel + bias); bias is [units], or [0] for none. With `sums` = 1 (for GELU's gradient) a first output
// has what the activation is applied to.
REGISTER_OP("WinnowMaskedLinear")
    .Input("x: float")
    .Input("kernel: float")
    .Input("bias: float")
    .Output("plain: sums * float")
    .Output("y: float")
    .Attr("activation: {'none', 'relu', 'gelu'} = 'none'")
    .Attr("sums: int >= 0 = 0")
    .SetShapeFn([](InferenceContext* context) { return ProductShape(context, 1); });

REGISTER_OP("WinnowMaskedLinearInputGrad")
    .Input("dy: float")
    .Input("kernel: float")
    .Output("dx: float")
    .SetShapeFn([](InferenceContext* context) { return ProductShape(context, 0); });

// The gradient of the kept weights alone; the others have 0. Kept is where mask, of the kernel's shape, is not 0: the
// kernel itself, or what it was masked by, so that a kept weight may be 0. With origin, from which something made mask
// by setting weights to 0, those that were 0 before are kept as well.
REGISTER_OP("WinnowMaskedLinearKernelGrad")
    .Input("x: float")
    .Input("dy: float")
    .Input("mask: T")
    .Input("origin: origins * float")
    .Attr("T: {float, bool} = DT_FLOAT")
    .Attr("origins: int >= 0 = 0")
    .Output("dkernel: float")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(2));
      return absl::OkStatus();
    });

/// A matrix, its columns checked unless they are -1.
absl::Status ReadMatrix(const char* name, const Tensor& tensor, int64_t columns, int64_t* rows) {
  if (tensor.dims() != 2) {
    return absl::InvalidArgumentError(absl::StrCat(kName, ": ", name, " must have rank 2, got ", tensor.dims()));
  }
  *rows = tensor.dim_size(0);
  if (columns < 0 || tensor.dim_size(1) == columns) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(kName, ": ", name, " must have ", columns, " columns, got ", tensor.dim_size(1)));
}

absl::Status ReadKernel(const Tensor& tensor, KernelMatrix* kernel) {
  TF_RETURN_IF_ERROR(ReadMatrix("kernel", tensor, -1, &kernel->fan_in));
  kernel->units = tensor.dim_size(1);
  kernel->data = Floats(tensor);
  return absl::OkStatus();
}

class MaskedLinearOp : public OpKernel {
 public:
  explicit MaskedLinearOp(OpKernelConstruction* context) : OpKernel(context) {
    std::string activation;
    OP_REQUIRES_OK(context, context->GetAttr("activation", &activation));
    OP_REQUIRES_OK(context, context->GetAttr("sums", &sums_));
    activation_ = activation == "relu"   ? Activation::kRelu
                  : activation == "gelu" ? Activation::kGelu
                                         : Activation::kNone;
    OP_REQUIRES(
        context, sums_ == 0 || (sums_ == 1 && activation_ == Activation::kGelu),
        absl::InvalidArgumentError(absl::StrCat(kName, ": sums must be 0, or 1 if activation is gelu, got ", sums_)));
  }

  absl::Status Run(OpKernelContext* context) override {
    KernelMatrix kernel;
    int64_t tokens;
    TF_RETURN_IF_ERROR(ReadKernel(context->input(1), &kernel));
    TF_RETURN_IF_ERROR(ReadMatrix("x", context->input(0), kernel.fan_in, &tokens));
    TF_RETURN_IF_ERROR(ToTensorFlow(kName, CheckMaskedLinear(tokens, kernel.fan_in, kernel.units)));
    const Tensor& bias = context->input(2);
    const bool has_bias = bias.NumElements() > 0;
    if (has_bias) TF_RETURN_IF_ERROR(CheckShape(kName, "bias", bias, {kernel.units}));
    float *sums = nullptr, *y = nullptr;
    if (sums_ > 0) TF_RETURN_IF_ERROR(Allocate(context, 0, {tokens, kernel.units}, &sums));
    TF_RETURN_IF_ERROR(Allocate(context, sums_, {tokens, kernel.units}, &y));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, MaskedLinear(kernel, Floats(context->input(0)), tokens,
                                            has_bias ? Floats(bias) : nullptr, activation_, parallel_for, y, sums));
  }

 private:
  Activation activation_ = Activation::kNone;
  int sums_ = 0;
};

class MaskedLinearInputGradOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  absl::Status Run(OpKernelContext* context) override {
    KernelMatrix kernel;
    int64_t tokens;
    TF_RETURN_IF_ERROR(ReadKernel(context->input(1), &kernel));
    TF_RETURN_IF_ERROR(ReadMatrix("dy", context->input(0), kernel.units, &tokens));
    TF_RETURN_IF_ERROR(ToTensorFlow(kName, CheckMaskedLinear(tokens, kernel.fan_in, kernel.units)));
    float* dx = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, {tokens, kernel.fan_in}, &dx));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, MaskedLinearInputGrad(kernel, Floats(context->input(0)), tokens, parallel_for, dx));
  }
};

class MaskedLinearKernelGradOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  absl::Status Run(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &dy = context->input(1), &mask = context->input(2);
    KeptWeights kept = {};
    TF_RETURN_IF_ERROR(ReadMatrix("mask", mask, -1, &kept.fan_in));
    kept.units = mask.dim_size(1);
    int64_t tokens, dy_tokens;
    TF_RETURN_IF_ERROR(ReadMatrix("x", x, kept.fan_in, &tokens));
    TF_RETURN_IF_ERROR(ReadMatrix("dy", dy, kept.units, &dy_tokens));
    TF_RETURN_IF_ERROR(CheckShape(kName, "dy", dy, {tokens, kept.units}));
    TF_RETURN_IF_ERROR(ToTensorFlow(kName, CheckMaskedLinear(tokens, kept.fan_in, kept.units)));
    if (mask.dtype() == tensorflow::DT_BOOL) {
      kept.bools = Bytes(mask);
    } else {
      kept.mask = Floats(mask);
    }
    const int origins = context->num_inputs() - 3;
    if (origins > 1) {
      return absl::InvalidArgumentError(absl::StrCat(kName, ": origin must be one tensor or none, got ", origins));
    }
    if (origins == 1) {
      TF_RETURN_IF_ERROR(CheckShape(kName, "origin", context->input(3), mask.shape()));
      kept.origin = Floats(context->input(3));
    }
    float* dkernel = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, {kept.fan_in, kept.units}, &dkernel));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, MaskedLinearKernelGrad(kept, Floats(x), Floats(dy), tokens, parallel_for, dkernel));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowMaskedLinear").Device(tensorflow::DEVICE_CPU), MaskedLinearOp);
REGISTER_KERNEL_BUILDER(Name("WinnowMaskedLinearInputGrad").Device(tensorflow::DEVICE_CPU), MaskedLinearInputGradOp);
REGISTER_KERNEL_BUILDER(Name("WinnowMaskedLinearKernelGrad").Device(tensorflow::DEVICE_CPU), MaskedLinearKernelGradOp);

}  // namespace
}  // namespace winnow::tf
