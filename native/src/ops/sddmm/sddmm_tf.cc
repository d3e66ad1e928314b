#include "ops/sddmm/sddmm.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tf/sparse.h"

namespace winnow::tf {
namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::shape_inference::InferenceContext;
using tensorflow::shape_inference::ShapeHandle;

constexpr char kName[] = "sddmm";

REGISTER_OP("WinnowSddmm")
    .Input("column_indices: int32")
    .Input("row_offsets: int32")
    .Input("row_input: float")
    .Input("column_input: float")
    .Output("values: float")
    .Attr("row_tokens_outer: bool")
    .Attr("column_tokens_outer: bool")
    .SetShapeFn([](InferenceContext* context) {
      ShapeHandle indices, other;
      TF_RETURN_IF_ERROR(context->WithRank(context->input(0), 1, &indices));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(1), 1, &other));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(2), 2, &other));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(3), 2, &other));
      context->set_output(0, indices);
      return absl::OkStatus();
    });

class SddmmOp : public OpKernel {
 public:
  explicit SddmmOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("row_tokens_outer", &row_outer_));
    OP_REQUIRES_OK(context, context->GetAttr("column_tokens_outer", &column_outer_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& column_input = context->input(3);
    OP_REQUIRES(context, column_input.dims() == 2, absl::InvalidArgumentError("sddmm: columnInput must have rank 2"));
    Tensor columns(tensorflow::DT_INT32, tensorflow::TensorShape({}));
    columns.scalar<int32_t>()() = static_cast<int32_t>(column_input.dim_size(column_outer_ ? 1 : 0));
    SddmmArguments arguments;
    OP_REQUIRES_OK(context, AsCsr(kName, nullptr, context->input(0), context->input(1), columns, &arguments.pattern));
    arguments.row_input.tokens_outer = row_outer_;
    arguments.column_input.tokens_outer = column_outer_;
    int64_t tokens = 0;
    OP_REQUIRES_OK(context, AsTokens(kName, "rowInput", context->input(2), arguments.pattern.rows, &arguments.row_input,
                                     &arguments.tokens));
    OP_REQUIRES_OK(context, AsTokens(kName, "columnInput", column_input, arguments.pattern.columns,
                                     &arguments.column_input, &tokens));
    OP_REQUIRES(
        context, tokens == arguments.tokens,
        absl::InvalidArgumentError(absl::StrCat("sddmm: rowInput and columnInput must have as many tokens, got ",
                                                arguments.tokens, " and ", tokens)));
    Tensor* values = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, context->input(0).shape(), &values));
    WorkerPoolFor parallel_for(context);
    OP_REQUIRES_OK(context, ToTensorFlow(kName, Sddmm(arguments, parallel_for, values->flat<float>().data())));
  }

 private:
  bool row_outer_;
  bool column_outer_;
};

REGISTER_KERNEL_BUILDER(Name("WinnowSddmm").Device(tensorflow::DEVICE_CPU), SddmmOp);

}  // namespace
}  // namespace winnow::tf
