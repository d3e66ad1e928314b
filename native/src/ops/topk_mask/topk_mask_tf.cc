#include "ops/topk_mask/topk_mask.h"
#include "tensorflow/core/framework/common_shape_fns.h"
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
using tensorflow::shape_inference::ShapeHandle;

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

  void Compute(OpKernelContext* context) override {
    TopKMaskArguments arguments;
    OP_REQUIRES_OK(context, AsMatrix(kName, context->input(0), &arguments.kernel));
    OP_REQUIRES_OK(context, CheckShape(kName, "count", context->input(1), TensorShape({})));
    arguments.granularity = granularity_;
    arguments.count = context->input(1).scalar<int32_t>()();
    Tensor* mask = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, context->input(0).shape(), &mask));
    static_assert(sizeof(bool) == 1, "the mask is written as bytes");
    uint8_t* bytes = reinterpret_cast<uint8_t*>(mask->flat<bool>().data());
    WorkerPoolFor parallel_for(context);
    OP_REQUIRES_OK(context, ToTensorFlow(kName, TopKMask(arguments, parallel_for, bytes)));
  }

 private:
  Granularity granularity_;
};

REGISTER_KERNEL_BUILDER(Name("WinnowTopKMask").Device(tensorflow::DEVICE_CPU).HostMemory("count"), TopKMaskOp);

}  // namespace
}  // namespace winnow::tf
