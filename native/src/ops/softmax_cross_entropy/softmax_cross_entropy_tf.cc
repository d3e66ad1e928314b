#include "ops/softmax_cross_entropy/softmax_cross_entropy.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

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
    OP_REQUIRES(context, ignore_label >= INT32_MIN && ignore_label <= INT32_MAX,
                absl::InvalidArgumentError(
                    absl::StrCat(kName, ": ignoreLabel must be in [-2147483648, 2147483647], got ", ignore_label)));
    ignore_label_ = static_cast<int32_t>(ignore_label);
  }

 protected:
  absl::Status Read(OpKernelContext* context, CrossEntropyArguments* arguments) const {
    const Tensor &logits = context->input(0), &labels = context->input(1);
    int64_t rows, classes;
    TF_RETURN_IF_ERROR(AsRows(kName, "logits", logits, &rows, &classes));
    bool same = labels.dims() + 1 == logits.dims();
    for (int axis = 0; same && axis < labels.dims(); ++axis) same = labels.dim_size(axis) == logits.dim_size(axis);
    if (!same) {
      return absl::InvalidArgumentError(
          absl::StrCat(kName, ": labels must have the shape of logits without its last axis, ",
                       logits.shape().DebugString(), ", got ", labels.shape().DebugString()));
    }
    *arguments = {
        Floats(logits), labels.flat<int32_t>().data(), labels.NumElements(), classes, label_smoothing_, ignores_,
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

  absl::Status Run(OpKernelContext* context) override {
    CrossEntropyArguments arguments;
    TF_RETURN_IF_ERROR(Read(context, &arguments));
    Tensor *losses = nullptr, *log_sums = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, context->input(1).shape(), &losses));
    TF_RETURN_IF_ERROR(Allocate(context, 1, context->input(1).shape(), &log_sums));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, SoftmaxCrossEntropy(arguments, parallel_for, Floats(losses), Floats(log_sums)));
  }
};

class CrossEntropyGradOp final : public CrossEntropyOp {
 public:
  using CrossEntropyOp::CrossEntropyOp;

  absl::Status Run(OpKernelContext* context) override {
    CrossEntropyArguments arguments;
    TF_RETURN_IF_ERROR(Read(context, &arguments));
    const Tensor &log_sums = context->input(2), &dlosses = context->input(3);
    TF_RETURN_IF_ERROR(CheckShape(kName, "logSums", log_sums, context->input(1).shape()));
    TF_RETURN_IF_ERROR(CheckShape(kName, "dLosses", dlosses, context->input(1).shape()));
    Tensor* dlogits = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, context->input(0).shape(), &dlogits));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(
        kName, SoftmaxCrossEntropyGrad(arguments, Floats(log_sums), Floats(dlosses), parallel_for, Floats(dlogits)));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowSoftmaxCrossEntropy").Device(tensorflow::DEVICE_CPU), CrossEntropyForwardOp);
REGISTER_KERNEL_BUILDER(Name("WinnowSoftmaxCrossEntropyGrad").Device(tensorflow::DEVICE_CPU), CrossEntropyGradOp);

}  // namespace
}  // namespace winnow::tf
