#include "ops/sddmm/sddmm.h"
#include "tf/sparse.h"

namespace winnow::tf {
namespace {

constexpr char kName[] = "winnow.sddmm";

REGISTER_OP("WinnowSddmm")
    .Input("column_indices: int32")
    .Input("row_offsets: int32")
    .Input("row_input: float")
    .Input("column_input: float")
    .Input("block: int32")
    .Output("values: float")
    .Attr("blocked: bool")
    .Attr("row_tokens_outer: bool")
    .Attr("column_tokens_outer: bool")
    .SetShapeFn([](InferenceContext* context) {
      ShapeHandle indices, other;
      TF_RETURN_IF_ERROR(context->WithRank(context->input(0), 1, &indices));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(1), 1, &other));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(2), 2, &other));
      TF_RETURN_IF_ERROR(context->WithRank(context->input(3), 2, &other));
      bool blocked;
      TF_RETURN_IF_ERROR(context->GetAttr("blocked", &blocked));
      if (!blocked) {
        context->set_output(0, indices);
        return absl::OkStatus();
      }
      ShapeHandle block;
      TF_RETURN_IF_ERROR(context->MakeShapeFromShapeTensor(4, &block));
      TF_RETURN_IF_ERROR(context->Concatenate(indices, block, &other));
      context->set_output(0, other);
      return absl::OkStatus();
    });

/// `block`: rows and columns of a block, where `blocked` says that the pattern is one of blocks.
class SddmmOp : public OpKernel {
 public:
  explicit SddmmOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("blocked", &is_blocked_));
    OP_REQUIRES_OK(context, context->GetAttr("row_tokens_outer", &row_outer_));
    OP_REQUIRES_OK(context, context->GetAttr("column_tokens_outer", &column_outer_));
  }

  absl::Status Run(OpKernelContext* context) override {
    const Tensor &row_input = context->input(2), &column_input = context->input(3);
    if (row_input.dims() != 2) return absl::InvalidArgumentError("winnow.sddmm: rowInput must have rank 2");
    if (column_input.dims() != 2) return absl::InvalidArgumentError("winnow.sddmm: columnInput must have rank 2");
    const int64_t columns = column_input.dim_size(column_outer_ ? 1 : 0);
    SddmmArguments arguments;
    BlockMatrix blocks = {};
    int64_t rows = 0;
    TensorShape shape = context->input(0).shape();
    if (is_blocked_) {
      TF_RETURN_IF_ERROR(CheckShape(kName, "block", context->input(4), {2}));
      rows = row_input.dim_size(row_outer_ ? 1 : 0);
      blocks.rows = rows;
      blocks.columns = columns;
      blocks.block_rows = context->input(4).vec<int32_t>()(0);
      blocks.block_columns = context->input(4).vec<int32_t>()(1);
      TF_RETURN_IF_ERROR(AsBlocks(kName, nullptr, context->input(0), context->input(1), &blocks));
      shape.AddDim(blocks.block_rows);
      shape.AddDim(blocks.block_columns);
    } else {
      TF_RETURN_IF_ERROR(AsCsr(kName, nullptr, context->input(0), context->input(1), columns, &arguments.pattern));
      rows = arguments.pattern.rows;
    }
    arguments.row_input.tokens_outer = row_outer_;
    arguments.column_input.tokens_outer = column_outer_;
    int64_t tokens = 0;
    TF_RETURN_IF_ERROR(AsTokens(kName, "rowInput", row_input, rows, &arguments.row_input, &arguments.tokens));
    TF_RETURN_IF_ERROR(AsTokens(kName, "columnInput", column_input, columns, &arguments.column_input, &tokens));
    if (tokens != arguments.tokens) {
      return absl::InvalidArgumentError(absl::StrCat(
          "winnow.sddmm: rowInput and columnInput must have as many tokens, got ", arguments.tokens, " and ", tokens));
    }
    Tensor* values = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, shape, &values));
    float* out = Floats(values);
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(
        kName, is_blocked_ ? SddmmBlocks(blocks, arguments.row_input, arguments.column_input, tokens, parallel_for, out)
                           : Sddmm(arguments, parallel_for, out));
  }

 private:
  bool is_blocked_;
  bool row_outer_;
  bool column_outer_;
};

REGISTER_KERNEL_BUILDER(Name("WinnowSddmm").Device(tensorflow::DEVICE_CPU).HostMemory("block"), SddmmOp);

}  // namespace
}  // namespace winnow::tf
