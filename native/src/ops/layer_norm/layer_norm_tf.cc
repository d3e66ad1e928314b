#include "ops/layer_norm/layer_norm.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::shape_inference::InferenceContext;

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
  if (x.dims() < 1) return absl::InvalidArgumentError("winnow.layer_norm: x must have rank 1 or more, got a scalar");
  const int64_t width = x.dim_size(x.dims() - 1);
  TF_RETURN_IF_ERROR(CheckShape(kName, "scale", scale, TensorShape({width})));
  int64_t rows = 1;
  for (int axis = 0; axis + 1 < x.dims(); ++axis) rows *= x.dim_size(axis);
  *arguments = {x.flat<float>().data(), scale.flat<float>().data(), rows, width};
  return absl::OkStatus();
}

class LayerNormOp : public OpKernel {
 public:
  explicit LayerNormOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("epsilon", &epsilon_));
  }

  void Compute(OpKernelContext* context) override {
    LayerNormArguments arguments;
    OP_REQUIRES_OK(context, Read(context, &arguments));
    const Tensor& offset = context->input(2);
    OP_REQUIRES_OK(context, CheckShape(kName, "offset", offset, TensorShape({arguments.width})));
    Tensor *y = nullptr, *means = nullptr, *inverses = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, context->input(0).shape(), &y));
    OP_REQUIRES_OK(context, context->allocate_output(1, TensorShape({arguments.rows}), &means));
    OP_REQUIRES_OK(context, context->allocate_output(2, TensorShape({arguments.rows}), &inverses));
    WorkerPoolFor parallel_for(context);
    OP_REQUIRES_OK(context,
                   ToTensorFlow(kName, LayerNorm(arguments, offset.flat<float>().data(), epsilon_, parallel_for,
                                                 y->flat<float>().data(), means->flat<float>().data(),
                                                 inverses->flat<float>().data())));
  }

 private:
  float epsilon_;
};

class LayerNormGradOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    LayerNormArguments arguments;
    OP_REQUIRES_OK(context, Read(context, &arguments));
    const Tensor &dy = context->input(2), &means = context->input(3), &inverses = context->input(4);
    OP_REQUIRES_OK(context, CheckShape(kName, "dy", dy, context->input(0).shape()));
    OP_REQUIRES_OK(context, CheckShape(kName, "means", means, TensorShape({arguments.rows})));
    OP_REQUIRES_OK(context, CheckShape(kName, "inverseDeviations", inverses, TensorShape({arguments.rows})));
    Tensor *dx = nullptr, *dscale = nullptr, *doffset = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, dy.shape(), &dx));
    OP_REQUIRES_OK(context, context->allocate_output(1, TensorShape({arguments.width}), &dscale));
    OP_REQUIRES_OK(context, context->allocate_output(2, TensorShape({arguments.width}), &doffset));
    WorkerPoolFor parallel_for(context);
    OP_REQUIRES_OK(
        context,
        ToTensorFlow(kName, LayerNormGrad(arguments, dy.flat<float>().data(), means.flat<float>().data(),
                                          inverses.flat<float>().data(), parallel_for, dx->flat<float>().data(),
                                          dscale->flat<float>().data(), doffset->flat<float>().data())));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowLayerNorm").Device(tensorflow::DEVICE_CPU), LayerNormOp);
REGISTER_KERNEL_BUILDER(Name("WinnowLayerNormGrad").Device(tensorflow::DEVICE_CPU), LayerNormGradOp);

}  // namespace
}  // namespace winnow::tf
