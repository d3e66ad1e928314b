// Products: WinnowSpmm orders the weights itself; WinnowSpmmPlanned finds them ordered by WinnowSpmmPlan, which need
// run only once for all steps that share a pattern.
#include <cstring>
#include <utility>

#include "ops/spmm/spmm.h"
#include "tensorflow/core/framework/resource_base.h"
#include "tensorflow/core/framework/resource_handle.h"
#include "tf/sparse.h"

namespace winnow::tf {
namespace {

using tensorflow::ResourceHandle;

constexpr char kName[] = "winnow.spmm";

/// A sparse matrix among an op's inputs: CSR, or blocks if the attribute `blocked` says so.
struct SparseInput {
  bool is_blocked = false;
  CsrMatrix csr = {};
  BlockMatrix blocks = {};

  int64_t rows() const { return is_blocked ? blocks.rows : csr.rows; }
  int64_t columns() const { return is_blocked ? blocks.columns : csr.columns; }
  int64_t value_count() const { return is_blocked ? blocks.size() : csr.nnz; }
  void SetValues(const float* values) { (is_blocked ? blocks.values : csr.values) = values; }
  Status MakePlan(bool transposed, ParallelFor& parallel_for, SpmmPlan* plan) const {
    return is_blocked ? MakeSpmmPlan(blocks, transposed, parallel_for, plan)
                      : MakeSpmmPlan(csr, transposed, parallel_for, plan);
  }
};

/// `sizes`: rows, columns, block rows, block columns.
absl::Status ReadSparse(const Tensor* values, const Tensor& column_indices, const Tensor& row_offsets,
                        const Tensor& sizes, bool is_blocked, SparseInput* input) {
  TF_RETURN_IF_ERROR(CheckShape(kName, "sizes", sizes, {4}));
  const auto size = sizes.vec<int32_t>();
  input->is_blocked = is_blocked;
  if (!is_blocked) {
    if (size(1) < 0) return absl::InvalidArgumentError("winnow.spmm: columns must not be negative");
    return AsCsr(kName, values, column_indices, row_offsets, size(1), &input->csr);
  }
  input->blocks.rows = size(0);
  input->blocks.columns = size(1);
  input->blocks.block_rows = size(2);
  input->blocks.block_columns = size(3);
  return AsBlocks(kName, values, column_indices, row_offsets, &input->blocks);
}

/// What both products have: tokens in, bias, activation, outputs. `bias` is [units], or [0] for none. With `sums` = 1
/// (for GELU's gradient) a first output has what the activation is applied to.
class ProductOp : public OpKernel {
 public:
  explicit ProductOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("dense_tokens_outer", &dense_outer_));
    OP_REQUIRES_OK(context, context->GetAttr("out_tokens_outer", &out_outer_));
    OP_REQUIRES_OK(context, context->GetAttr("sums", &sums_));
    std::string activation;
    OP_REQUIRES_OK(context, context->GetAttr("activation", &activation));
    activation_ = activation == "relu"   ? Activation::kRelu
                  : activation == "gelu" ? Activation::kGelu
                                         : Activation::kNone;
    OP_REQUIRES(context, sums_ == 0 || activation_ == Activation::kGelu,
                absl::InvalidArgumentError("winnow.spmm: sums must be 0 unless activation is gelu"));
  }

 protected:
  absl::Status Multiply(OpKernelContext* context, const SpmmPlan& plan, const Tensor& dense, const Tensor& bias) {
    SpmmArguments arguments;
    arguments.input.tokens_outer = dense_outer_;
    TF_RETURN_IF_ERROR(AsTokens(kName, "dense", dense, plan.channels(), &arguments.input, &arguments.tokens));
    TF_RETURN_IF_ERROR(ToTensorFlow(kName, CheckSpmm(plan, arguments)));
    const bool has_bias = bias.NumElements() > 0;
    if (has_bias) TF_RETURN_IF_ERROR(CheckShape(kName, "bias", bias, {plan.units()}));
    arguments.bias = has_bias ? Floats(bias) : nullptr;
    arguments.activation = activation_;
    const int64_t rows = out_outer_ ? arguments.tokens : plan.units();
    const int64_t columns = out_outer_ ? plan.units() : arguments.tokens;
    float *sums = nullptr, *output = nullptr;
    if (sums_ > 0) TF_RETURN_IF_ERROR(Allocate(context, 0, {rows, columns}, &sums));
    TF_RETURN_IF_ERROR(Allocate(context, sums_, {rows, columns}, &output));
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kName, Spmm(plan, arguments, parallel_for, {output, out_outer_}, sums));
  }

 private:
  bool dense_outer_;
  bool out_outer_;
  int sums_;
  Activation activation_;
};

absl::Status ProductShape(InferenceContext* context, const ShapeHandle& dense, const DimensionHandle& units) {
  bool dense_outer, out_outer;
  TF_RETURN_IF_ERROR(context->GetAttr("dense_tokens_outer", &dense_outer));
  TF_RETURN_IF_ERROR(context->GetAttr("out_tokens_outer", &out_outer));
  ShapeHandle matrix;
  TF_RETURN_IF_ERROR(context->WithRank(dense, 2, &matrix));
  const DimensionHandle tokens = context->Dim(matrix, dense_outer ? 0 : 1);
  for (int i = 0; i < context->num_outputs(); ++i) {
    context->set_output(i, out_outer ? context->Matrix(tokens, units) : context->Matrix(units, tokens));
  }
  return absl::OkStatus();
}

REGISTER_OP("WinnowSpmm")
    .Input("values: float")
    .Input("column_indices: int32")
    .Input("row_offsets: int32")
    .Input("sizes: int32")
    .Input("dense: float")
    .Input("bias: float")
    .Output("plain: sums * float")
    .Output("output: float")
    .Attr("blocked: bool")
    .Attr("transposed: bool")
    .Attr("dense_tokens_outer: bool")
    .Attr("out_tokens_outer: bool")
    .Attr("activation: {'none', 'relu', 'gelu'}")
    .Attr("sums: int >= 0")
    .SetShapeFn([](InferenceContext* context) {
      bool transposed;
      TF_RETURN_IF_ERROR(context->GetAttr("transposed", &transposed));
      ShapeHandle sizes;
      TF_RETURN_IF_ERROR(context->MakeShapeFromShapeTensor(3, &sizes));
      TF_RETURN_IF_ERROR(context->WithRank(sizes, 4, &sizes));
      DimensionHandle units = context->UnknownDim();
      if (context->RankKnown(sizes)) units = context->Dim(sizes, transposed ? 1 : 0);
      return ProductShape(context, context->input(4), units);
    });

class SpmmOp : public ProductOp {
 public:
  explicit SpmmOp(OpKernelConstruction* context) : ProductOp(context) {
    OP_REQUIRES_OK(context, context->GetAttr("blocked", &is_blocked_));
    OP_REQUIRES_OK(context, context->GetAttr("transposed", &transposed_));
  }

  absl::Status Run(OpKernelContext* context) override {
    SparseInput input;
    TF_RETURN_IF_ERROR(
        ReadSparse(&context->input(0), context->input(1), context->input(2), context->input(3), is_blocked_, &input));
    WorkerPoolFor parallel_for(context);
    SpmmPlan plan;
    TF_RETURN_IF_ERROR(ToTensorFlow(kName, input.MakePlan(transposed_, parallel_for, &plan)));
    return Multiply(context, plan, context->input(4), context->input(5));
  }

 private:
  bool is_blocked_;
  bool transposed_;
};

REGISTER_KERNEL_BUILDER(Name("WinnowSpmm").Device(tensorflow::DEVICE_CPU).HostMemory("sizes"), SpmmOp);

/// A plan whose values are numbers of the pattern's values.
class PlanResource : public tensorflow::ResourceBase {
 public:
  PlanResource(SpmmPlan plan, int64_t value_count) : plan_(std::move(plan)), value_count_(value_count) {}
  const SpmmPlan& plan() const { return plan_; }
  int64_t value_count() const { return value_count_; }
  std::string DebugString() const override { return absl::StrCat("Winnow plan of ", value_count_, " values"); }
  int64_t MemoryUsed() const override { return plan_.bytes(); }

 private:
  const SpmmPlan plan_;
  const int64_t value_count_;
};

/// The plan lives as long as the tensor that holds its handle (and its copies): nothing registers it by name.
REGISTER_OP("WinnowSpmmPlan")
    .Input("column_indices: int32")
    .Input("row_offsets: int32")
    .Input("sizes: int32")
    .Output("plan: resource")
    .Attr("blocked: bool")
    .Attr("transposed: bool")
    .SetIsStateful()
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->Scalar());
      return absl::OkStatus();
    });

class SpmmPlanOp : public OpKernel {
 public:
  explicit SpmmPlanOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("blocked", &is_blocked_));
    OP_REQUIRES_OK(context, context->GetAttr("transposed", &transposed_));
  }

  absl::Status Run(OpKernelContext* context) override {
    SparseInput input;
    TF_RETURN_IF_ERROR(
        ReadSparse(nullptr, context->input(0), context->input(1), context->input(2), is_blocked_, &input));
    Tensor numbers;
    TF_RETURN_IF_ERROR(context->allocate_temp(tensorflow::DT_FLOAT, TensorShape({input.value_count()}), &numbers));
    float* number = Floats(&numbers);
    for (int64_t i = 0; i < input.value_count(); ++i) {
      const uint32_t bits = static_cast<uint32_t>(i);
      std::memcpy(number + i, &bits, sizeof(bits));
    }
    input.SetValues(number);
    WorkerPoolFor parallel_for(context);
    SpmmPlan plan;
    TF_RETURN_IF_ERROR(ToTensorFlow(kName, input.MakePlan(transposed_, parallel_for, &plan)));
    Tensor* handle = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, TensorShape(), &handle));
    handle->scalar<ResourceHandle>()() = ResourceHandle::MakeRefCountingHandle(
        new PlanResource(std::move(plan), input.value_count()), context->device()->name());
    return absl::OkStatus();
  }

 private:
  bool is_blocked_;
  bool transposed_;
};

REGISTER_KERNEL_BUILDER(Name("WinnowSpmmPlan").Device(tensorflow::DEVICE_CPU).HostMemory("sizes"), SpmmPlanOp);

REGISTER_OP("WinnowSpmmPlanned")
    .Input("plan: resource")
    .Input("values: float")
    .Input("dense: float")
    .Input("bias: float")
    .Output("plain: sums * float")
    .Output("output: float")
    .Attr("dense_tokens_outer: bool")
    .Attr("out_tokens_outer: bool")
    .Attr("activation: {'none', 'relu', 'gelu'}")
    .Attr("sums: int >= 0")
    .SetIsStateful()
    .SetShapeFn([](InferenceContext* context) {
      return ProductShape(context, context->input(2), context->UnknownDim());
    });

class SpmmPlannedOp : public ProductOp {
 public:
  explicit SpmmPlannedOp(OpKernelConstruction* context) : ProductOp(context) {}

  absl::Status Run(OpKernelContext* context) override {
    TF_RETURN_IF_ERROR(CheckShape(kName, "plan", context->input(0), TensorShape()));
    const auto resource = context->input(0).scalar<ResourceHandle>()().GetResource<PlanResource>();
    TF_RETURN_IF_ERROR(resource.status());
    const PlanResource& pattern = **resource;
    const Tensor& values = context->input(1);
    if (values.NumElements() != pattern.value_count()) {
      return absl::InvalidArgumentError(absl::StrCat("winnow.spmm: values must have the plan's ", pattern.value_count(),
                                                     " entries, got ", values.NumElements()));
    }
    WorkerPoolFor parallel_for(context);
    SpmmPlan plan;
    TF_RETURN_IF_ERROR(ToTensorFlow(kName, pattern.plan().WithValues(Floats(values), parallel_for, &plan)));
    return Multiply(context, plan, context->input(2), context->input(3));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowSpmmPlanned").Device(tensorflow::DEVICE_CPU).HostMemory("plan"), SpmmPlannedOp);

}  // namespace
}  // namespace winnow::tf
