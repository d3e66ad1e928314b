#include "ops/conv3x3/conv3x3.h"
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
using tensorflow::shape_inference::DimensionHandle;
using tensorflow::shape_inference::InferenceContext;
using tensorflow::shape_inference::ShapeHandle;

constexpr char kName[] = "winnow.conv3x3";

/// The first input's shape with as many channels as axis `axis` of the filter has.
absl::Status ImageShape(InferenceContext* context, int axis) {
  ShapeHandle images, filter, out;
  TF_RETURN_IF_ERROR(context->WithRank(context->input(0), 4, &images));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(1), 4, &filter));
  const DimensionHandle channels = context->Dim(filter, axis);
  TF_RETURN_IF_ERROR(context->ReplaceDim(images, 3, channels, &out));
  context->set_output(0, out);
  return absl::OkStatus();
}

REGISTER_OP("WinnowConv3x3")
    .Input("x: float")
    .Input("filter: float")
    .Output("y: float")
    .SetShapeFn([](InferenceContext* context) { return ImageShape(context, 3); });

REGISTER_OP("WinnowConv3x3InputGrad")
    .Input("dy: float")
    .Input("filter: float")
    .Output("dx: float")
    .SetShapeFn([](InferenceContext* context) { return ImageShape(context, 2); });

REGISTER_OP("WinnowConv3x3FilterGrad")
    .Input("x: float")
    .Input("dy: float")
    .Output("dfilter: float")
    .SetShapeFn([](InferenceContext* context) {
      ShapeHandle x, dy;
      TF_RETURN_IF_ERROR(context->WithRank(context->input(0), 4, &x));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(1), 4, &dy));
      context->set_output(0, context->MakeShape({3, 3, context->Dim(x, 3), context->Dim(dy, 3)}));
      return absl::OkStatus();
    });

absl::Status CheckRank(const char* name, const Tensor& tensor) {
  if (tensor.dims() == 4) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(kName, ": ", name, " must have rank 4, got ", tensor.dims()));
}

Conv3x3Shape ShapeOf(const Tensor& images, int64_t inputs, int64_t outputs) {
  return {images.dim_size(0), images.dim_size(1), images.dim_size(2), inputs, outputs};
}

const float* Floats(const Tensor& tensor) { return tensor.flat<float>().data(); }

/// y of x and a filter, or, if `kBackward`, dx of dy and a filter.
template <bool kBackward>
class Conv3x3Op : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor &images = context->input(0), &filter = context->input(1);
    const char* name = kBackward ? "dy" : "x";
    OP_REQUIRES_OK(context, CheckRank(name, images));
    OP_REQUIRES_OK(context, CheckRank("filter", filter));
    const int64_t inputs = filter.dim_size(2), outputs = filter.dim_size(3);
    OP_REQUIRES_OK(context, CheckShape(kName, "filter", filter, TensorShape({3, 3, inputs, outputs})));
    const Conv3x3Shape shape = ShapeOf(images, inputs, outputs);
    const int64_t from = kBackward ? outputs : inputs, to = kBackward ? inputs : outputs;
    TensorShape expected = images.shape(), result = images.shape();
    expected.set_dim(3, from);
    result.set_dim(3, to);
    OP_REQUIRES_OK(context, CheckShape(kName, name, images, expected));
    Tensor* out = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, result, &out));
    WorkerPoolFor parallel_for(context);
    const auto compute = kBackward ? Conv3x3InputGrad : Conv3x3;
    OP_REQUIRES_OK(context, ToTensorFlow(kName, compute(shape, Floats(images), Floats(filter), parallel_for,
                                                        out->flat<float>().data())));
  }
};

class Conv3x3FilterGradOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &dy = context->input(1);
    OP_REQUIRES_OK(context, CheckRank("x", x));
    OP_REQUIRES_OK(context, CheckRank("dy", dy));
    const int64_t inputs = x.dim_size(3), outputs = dy.dim_size(3);
    TensorShape expected = x.shape();
    expected.set_dim(3, outputs);
    OP_REQUIRES_OK(context, CheckShape(kName, "dy", dy, expected));
    Tensor* out = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({3, 3, inputs, outputs}), &out));
    WorkerPoolFor parallel_for(context);
    OP_REQUIRES_OK(context, ToTensorFlow(kName, Conv3x3FilterGrad(ShapeOf(x, inputs, outputs), Floats(x), Floats(dy),
                                                                  parallel_for, out->flat<float>().data())));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowConv3x3").Device(tensorflow::DEVICE_CPU), Conv3x3Op<false>);
REGISTER_KERNEL_BUILDER(Name("WinnowConv3x3InputGrad").Device(tensorflow::DEVICE_CPU), Conv3x3Op<true>);
REGISTER_KERNEL_BUILDER(Name("WinnowConv3x3FilterGrad").Device(tensorflow::DEVICE_CPU), Conv3x3FilterGradOp);

}  // namespace
}  // namespace winnow::tf
