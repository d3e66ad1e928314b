#include "ops/softmax_cross_entropy/softmax_cross_entropy.h"
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

constexpr char kName[] = "winnow.softmax_cross_entropy";

REGISTER_OP("WinnowSoftmaxCrossEntropy")
    .Input("logits: float")
    .Input("labels: int32")
    .Output("losses: float")
    .Output("log_sums: float")
    .Attr("label_smoothing: float")
    .Attr("ignores: bool")
    .Attr("ignore_label: int")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(1));
      context->set_output(1, context->input(1));
      return absl::OkStatus();
    });

REGISTER_OP("WinnowSoftmaxCrossEntropyGrad")
    .Input("logits: float")
    .Input("labels: int32")
    .Input("log_sums: float")
    .Input("dlosses: float")
    .Output("dlogits: float")
    .Attr("label_smoothing: float")
    .Attr("ignores: bool")
    .Attr("ignore_label: int")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(0));
      return absl::OkStatus();
    });

class CrossEntropyOp : public OpKernel {
 public:
  explicit CrossEntropyOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("label_smoothing", &label_smoothing_));
    OP_REQUIRES_OK(context, context->GetAttr("ignores", &ignores_));
    int64_t ignore_label;
    OP_REQUIRES_OK(context, context->GetAttr("ignore_label", &ignore_label));
    ignore_label_ = static_cast<int32_t>(ignore_label);
  }

 protected:
  absl::Status Read(OpKernelContext* context, CrossEntropyArguments* arguments) const {
    const Tensor &logits = context->input(0), &labels = context->input(1);
    if (logits.dims() < 1)
      return absl::InvalidArgumentError("winnow.softmax_cross_entropy: logits must have rank 1 or more");
    TensorShape rows = logits.shape();
    rows.RemoveLastDims(1);
    TF_RETURN_IF_ERROR(CheckShape(kName, "labels", labels, rows));
    const int64_t classes = logits.dim_size(logits.dims() - 1);
    *arguments = {logits.flat<float>().data(),
                  labels.flat<int32_t>().data(),
                  labels.NumElements(),
                  classes,
                  label_smoothing_,
                  ignores_,
                  ignore_label_};
    return absl::OkStatus();
  }

 private:
  float label_smoothing_;
  bool ignores_;
  int32_t ignore_label_;
};

class CrossEntropyForwardOp final : public CrossEntropyOp {
 public:
  using CrossEntropyOp::CrossEntropyOp;

  void Compute(OpKernelContext* context) override {
    CrossEntropyArguments arguments;
    OP_REQUIRES_OK(context, Read(context, &arguments));
    Tensor *losses = nullptr, *log_sums = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, context->input(1).shape(), &losses));
    OP_REQUIRES_OK(context, context->allocate_output(1, context->input(1).shape(), &log_sums));
    WorkerPoolFor parallel_for(context);
    OP_REQUIRES_OK(context,
                   ToTensorFlow(kName, SoftmaxCrossEntropy(arguments, parallel_for, losses->flat<float>().data(),
                                                           log_sums->flat<float>().data())));
  }
};

class CrossEntropyGradOp final : public CrossEntropyOp {
 public:
  using CrossEntropyOp::CrossEntropyOp;

  void Compute(OpKernelContext* context) override {
    CrossEntropyArguments arguments;
    OP_REQUIRES_OK(context, Read(context, &arguments));
    const Tensor &log_sums = context->input(2), &dlosses = context->input(3);
    OP_REQUIRES_OK(context, CheckShape(kName, "logSums", log_sums, context->input(1).shape()));
    OP_REQUIRES_OK(context, CheckShape(kName, "dLosses", dlosses, context->input(1).shape()));
    Tensor* dlogits = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, context->input(0).shape(), &dlogits));
    WorkerPoolFor parallel_for(context);
    OP_REQUIRES_OK(context, ToTensorFlow(kName, SoftmaxCrossEntropyGrad(arguments, log_sums.flat<float>().data(),
                                                                        dlosses.flat<float>().data(), parallel_for,
                                                                        dlogits->flat<float>().data())));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowSoftmaxCrossEntropy").Device(tensorflow::DEVICE_CPU), CrossEntropyForwardOp);
REGISTER_KERNEL_BUILDER(Name("WinnowSoftmaxCrossEntropyGrad").Device(tensorflow::DEVICE_CPU), CrossEntropyGradOp);

}  // namespace
}  // namespace winnow::tf
