#include "ops/topk_mask/topk_mask.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

constexpr char kName[] = "winnow.topk_mask";

REGISTER_OP("WinnowTopKMask")
    .Input("kernel: float")
    .Input("count: int32")
    .Output("mask: bool")
    .Attr("granularity: {'weight', 'unit'}")
    .SetShapeFn([](InferenceContext* context) {
      ShapeHandle kernel, scalar;
      TF_RETURN_IF_ERROR(context->WithRankAtLeast(context->input(0), 1, &kernel));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(1), 0, &scalar));
      context->set_output(0, kernel);
      return absl::OkStatus();
    });

class TopKMaskOp : public OpKernel {
 public:
  explicit TopKMaskOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, ReadGranularity(context, &granularity_));
  }

  absl::Status Run(OpKernelContext* context) override {
    TopKMaskArguments arguments;
    TF_RETURN_IF_ERROR(AsMatrix(kName, context->input(0), &arguments.kernel));
    TF_RETURN_IF_ERROR(CheckShape(kName, "count", context->input(1), TensorShape()));
    arguments.granularity = granularity_;
    arguments.count = context->input(1).scalar<int32_t>()();
    Tensor* mask = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, context->input(0).shape(), &mask));
    uint8_t* bytes = Bytes(mask);
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, TopKMask(arguments, parallel_for, bytes));
  }

 private:
  Granularity granularity_;
};

REGISTER_KERNEL_BUILDER(Name("WinnowTopKMask").Device(tensorflow::DEVICE_CPU).HostMemory("count"), TopKMaskOp);

}  // namespace
}  // namespace winnow::tf
