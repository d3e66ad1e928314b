#include "ops/layer_norm/layer_norm.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

constexpr char kName[] = "winnow.layer_norm";

// means and inverse_deviations are [rows], the rows being those of x as a matrix of its last axis.
REGISTER_OP("WinnowLayerNorm")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Output("y: float")
    .Output("means: float")
    .Output("inverse_deviations: float")
    .Attr("epsilon: float")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(0));
      for (int i = 1; i < 3; ++i) context->set_output(i, context->Vector(InferenceContext::kUnknownDim));
      return absl::OkStatus();
    });

REGISTER_OP("WinnowLayerNormGrad")
    .Input("x: float")
    .Input("scale: float")
    .Input("dy: float")
    .Input("means: float")
    .Input("inverse_deviations: float")
    .Output("dx: float")
    .Output("dscale: float")
    .Output("doffset: float")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(0));
      for (int i = 1; i < 3; ++i) context->set_output(i, context->input(1));
      return absl::OkStatus();
    });

absl::Status Read(OpKernelContext* context, LayerNormArguments* arguments) {
  const Tensor &x = context->input(0), &scale = context->input(1);
  int64_t rows, width;
  TF_RETURN_IF_ERROR(AsRows(kName, "x", x, &rows, &width));
  TF_RETURN_IF_ERROR(CheckShape(kName, "scale", scale, {width}));
  *arguments = {Floats(x), Floats(scale), rows, width};
  return absl::OkStatus();
}

class LayerNormOp : public OpKernel {
 public:
  explicit LayerNormOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("epsilon", &epsilon_));
  }

  absl::Status Run(OpKernelContext* context) override {
    LayerNormArguments arguments;
    TF_RETURN_IF_ERROR(Read(context, &arguments));
    const Tensor& offset = context->input(2);
    TF_RETURN_IF_ERROR(CheckShape(kName, "offset", offset, {arguments.width}));
    Tensor *y = nullptr, *means = nullptr, *inverses = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, context->input(0).shape(), &y));
    TF_RETURN_IF_ERROR(Allocate(context, 1, {arguments.rows}, &means));
    TF_RETURN_IF_ERROR(Allocate(context, 2, {arguments.rows}, &inverses));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, LayerNorm(arguments, Floats(offset), epsilon_, parallel_for, Floats(y), Floats(means),
                                         Floats(inverses)));
  }

 private:
  float epsilon_;
};

class LayerNormGradOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  absl::Status Run(OpKernelContext* context) override {
    LayerNormArguments arguments;
    TF_RETURN_IF_ERROR(Read(context, &arguments));
    const Tensor &dy = context->input(2), &means = context->input(3), &inverses = context->input(4);
    TF_RETURN_IF_ERROR(CheckShape(kName, "dy", dy, context->input(0).shape()));
    TF_RETURN_IF_ERROR(CheckShape(kName, "means", means, {arguments.rows}));
    TF_RETURN_IF_ERROR(CheckShape(kName, "inverseDeviations", inverses, {arguments.rows}));
    Tensor *dx = nullptr, *dscale = nullptr, *doffset = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, dy.shape(), &dx));
    TF_RETURN_IF_ERROR(Allocate(context, 1, {arguments.width}, &dscale));
    TF_RETURN_IF_ERROR(Allocate(context, 2, {arguments.width}, &doffset));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, LayerNormGrad(arguments, Floats(dy), Floats(means), Floats(inverses), parallel_for,
                                             Floats(dx), Floats(dscale), Floats(doffset)));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowLayerNorm").Device(tensorflow::DEVICE_CPU), LayerNormOp);
REGISTER_KERNEL_BUILDER(Name("WinnowLayerNormGrad").Device(tensorflow::DEVICE_CPU), LayerNormGradOp);

}  // namespace
}  // namespace winnow::tf
