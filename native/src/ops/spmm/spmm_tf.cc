#include "ops/spmm/spmm.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tf/sparse.h"

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

constexpr char kName[] = "spmm";

absl::Status SpmmShape(InferenceContext* context) {
  ShapeHandle values, indices, offsets, scalar, dense, bias;
  TF_RETURN_IF_ERROR(context->WithRank(context->input(0), 1, &values));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(1), 1, &indices));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(2), 1, &offsets));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(3), 0, &scalar));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(4), 2, &dense));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(5), 1, &bias));
  bool transposed, dense_outer, out_outer;
  TF_RETURN_IF_ERROR(context->GetAttr("transposed", &transposed));
  TF_RETURN_IF_ERROR(context->GetAttr("dense_tokens_outer", &dense_outer));
  TF_RETURN_IF_ERROR(context->GetAttr("out_tokens_outer", &out_outer));
  DimensionHandle units;
  if (transposed) {
    TF_RETURN_IF_ERROR(context->MakeDimForScalarInput(3, &units));
  } else {
    TF_RETURN_IF_ERROR(context->Subtract(context->Dim(offsets, 0), 1, &units));
  }
  const DimensionHandle tokens = context->Dim(dense, dense_outer ? 0 : 1);
  context->set_output(0, out_outer ? context->Matrix(tokens, units) : context->Matrix(units, tokens));
  return absl::OkStatus();
}

REGISTER_OP("WinnowSpmm")
    .Input("values: float")
    .Input("column_indices: int32")
    .Input("row_offsets: int32")
    .Input("columns: int32")
    .Input("dense: float")
    .Input("bias: float")
    .Output("output: float")
    .Attr("transposed: bool")
    .Attr("dense_tokens_outer: bool")
    .Attr("out_tokens_outer: bool")
    .Attr("activation: {'none', 'relu'}")
    .SetShapeFn(SpmmShape);

/// `bias` is [units], or [0] for none.
class SpmmOp : public OpKernel {
 public:
  explicit SpmmOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("transposed", &transposed_));
    OP_REQUIRES_OK(context, context->GetAttr("dense_tokens_outer", &dense_outer_));
    OP_REQUIRES_OK(context, context->GetAttr("out_tokens_outer", &out_outer_));
    std::string activation;
    OP_REQUIRES_OK(context, context->GetAttr("activation", &activation));
    activation_ = activation == "relu" ? Activation::kRelu : Activation::kNone;
  }

  void Compute(OpKernelContext* context) override {
    CsrMatrix matrix;
    OP_REQUIRES_OK(context,
                   AsCsr(kName, &context->input(0), context->input(1), context->input(2), context->input(3), &matrix));
    const int64_t units = transposed_ ? matrix.columns : matrix.rows;
    const int64_t channels = transposed_ ? matrix.rows : matrix.columns;
    SpmmArguments arguments;
    arguments.input.tokens_outer = dense_outer_;
    OP_REQUIRES_OK(context, AsTokens(kName, "dense", context->input(4), channels, &arguments.input, &arguments.tokens));
    const Tensor& bias = context->input(5);
    const bool has_bias = bias.NumElements() > 0;
    if (has_bias) OP_REQUIRES_OK(context, CheckShape(kName, "bias", bias, TensorShape({units})));
    arguments.bias = has_bias ? bias.flat<float>().data() : nullptr;
    arguments.activation = activation_;
    OP_REQUIRES(context, units >= 0, absl::InvalidArgumentError("spmm: columns must not be negative"));
    const TensorShape shape =
        out_outer_ ? TensorShape({arguments.tokens, units}) : TensorShape({units, arguments.tokens});
    Tensor* output = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, shape, &output));
    WorkerPoolFor parallel_for(context);
    const TokenOutput target = {output->flat<float>().data(), out_outer_};
    OP_REQUIRES_OK(context, ToTensorFlow(kName, Spmm(matrix, transposed_, arguments, parallel_for, target)));
  }

 private:
  bool transposed_;
  bool dense_outer_;
  bool out_outer_;
  Activation activation_;
};

REGISTER_KERNEL_BUILDER(Name("WinnowSpmm").Device(tensorflow::DEVICE_CPU).HostMemory("columns"), SpmmOp);

}  // namespace
}  // namespace winnow::tf
