#include "ops/attention/attention.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

constexpr char kName[] = "winnow.attention";
constexpr char kGradName[] = "winnow.attention_grad";

absl::Status ForwardShapes(InferenceContext* context) {
  ShapeHandle query, value, output;
  TF_RETURN_IF_ERROR(context->WithRank(context->input(0), 3, &query));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(2), 3, &value));
  TF_RETURN_IF_ERROR(context->ReplaceDim(query, 2, context->Dim(value, 2), &output));
  int64_t heads;
  TF_RETURN_IF_ERROR(context->GetAttr("heads", &heads));
  context->set_output(0, output);
  context->set_output(1, context->MakeShape({context->Dim(query, 0), context->MakeDim(heads), context->Dim(query, 1)}));
  return absl::OkStatus();
}

absl::Status GradShapes(InferenceContext* context) {
  for (int i = 0; i < 3; ++i) context->set_output(i, context->input(i));
  return absl::OkStatus();
}

REGISTER_OP("WinnowAttention")
    .Input("query: float")
    .Input("key: float")
    .Input("value: float")
    .Input("key_mask: bool")
    .Output("output: float")
    .Output("log_sum_exp: float")
    .Attr("heads: int >= 1")
    .Attr("causal: {'none', 'upper-left', 'lower-right'}")
    .Attr("scale: float")
    .SetShapeFn(ForwardShapes);

REGISTER_OP("WinnowAttentionGrad")
    .Input("query: float")
    .Input("key: float")
    .Input("value: float")
    .Input("key_mask: bool")
    .Input("output: float")
    .Input("log_sum_exp: float")
    .Input("dy: float")
    .Output("d_query: float")
    .Output("d_key: float")
    .Output("d_value: float")
    .Attr("heads: int >= 1")
    .Attr("causal: {'none', 'upper-left', 'lower-right'}")
    .Attr("scale: float")
    .SetShapeFn(GradShapes);

/// What both ops read: `key_mask` is [batch, keys], or of rank 1 and empty for none.
class AttentionBase : public OpKernel {
 public:
  explicit AttentionBase(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("heads", &heads_));
    OP_REQUIRES_OK(context, context->GetAttr("scale", &scale_));
    std::string causal;
    OP_REQUIRES_OK(context, context->GetAttr("causal", &causal));
    causal_ = causal == "none" ? Causal::kNone : causal == "upper-left" ? Causal::kUpperLeft : Causal::kLowerRight;
  }

 protected:
  absl::Status Read(const char* op, OpKernelContext* context, AttentionArguments* arguments) const {
    const Tensor &query = context->input(0), &key = context->input(1), &value = context->input(2);
    for (int i = 0; i < 3; ++i) {
      constexpr const char* kNames[] = {"query", "key", "value"};
      const Tensor& tensor = context->input(i);
      if (tensor.dims() != 3 || tensor.dim_size(2) % heads_ != 0) {
        return absl::InvalidArgumentError(absl::StrCat(op, ": ", kNames[i], " must have shape [batch, tokens, ", heads_,
                                                       " * dim], got ", tensor.shape().DebugString()));
      }
    }
    AttentionShape& s = arguments->shape;
    s = {query.dim_size(0),         heads_, query.dim_size(1), key.dim_size(1), query.dim_size(2) / heads_,
         value.dim_size(2) / heads_};
    TF_RETURN_IF_ERROR(CheckShape(op, "key", key, {s.batch, s.keys, heads_ * s.key_dim}));
    TF_RETURN_IF_ERROR(CheckShape(op, "value", value, {s.batch, s.keys, heads_ * s.value_dim}));
    const Tensor& mask = context->input(3);
    const bool masked = mask.dims() != 1 || mask.NumElements() > 0;
    if (masked) TF_RETURN_IF_ERROR(CheckShape(op, "keyMask", mask, {s.batch, s.keys}));
    arguments->query = Floats(query);
    arguments->key = Floats(key);
    arguments->value = Floats(value);
    arguments->key_mask = masked ? Bytes(mask) : nullptr;
    arguments->causal = causal_;
    arguments->scale = scale_;
    return absl::OkStatus();
  }

 private:
  int64_t heads_;
  float scale_;
  Causal causal_;
};

class AttentionOp final : public AttentionBase {
 public:
  using AttentionBase::AttentionBase;

  absl::Status Run(OpKernelContext* context) override {
    AttentionArguments arguments;
    TF_RETURN_IF_ERROR(Read(kName, context, &arguments));
    const AttentionShape& s = arguments.shape;
    Tensor *output = nullptr, *log_sum_exp = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, {s.batch, s.queries, s.heads * s.value_dim}, &output));
    TF_RETURN_IF_ERROR(Allocate(context, 1, {s.batch, s.heads, s.queries}, &log_sum_exp));
    WorkerPoolFor parallel_for(context);
    const AttentionOutputs outputs = {Floats(output), Floats(log_sum_exp)};
    return ToTensorFlow(kName, Attention(arguments, parallel_for, outputs));
  }
};

class AttentionGradOp final : public AttentionBase {
 public:
  using AttentionBase::AttentionBase;

  absl::Status Run(OpKernelContext* context) override {
    AttentionGradArguments arguments;
    TF_RETURN_IF_ERROR(Read(kGradName, context, &arguments.forward));
    const AttentionShape& s = arguments.forward.shape;
    const TensorShape output({s.batch, s.queries, s.heads * s.value_dim});
    TF_RETURN_IF_ERROR(CheckShape(kGradName, "output", context->input(4), output));
    TF_RETURN_IF_ERROR(CheckShape(kGradName, "log_sum_exp", context->input(5), {s.batch, s.heads, s.queries}));
    TF_RETURN_IF_ERROR(CheckShape(kGradName, "dy", context->input(6), output));
    arguments.output = Floats(context->input(4));
    arguments.log_sum_exp = Floats(context->input(5));
    arguments.d_output = Floats(context->input(6));
    Tensor* gradients[3];
    for (int i = 0; i < 3; ++i) {
      TF_RETURN_IF_ERROR(Allocate(context, i, context->input(i).shape(), &gradients[i]));
    }
    WorkerPoolFor parallel_for(context);
    const AttentionGradOutputs outputs = {Floats(gradients[0]), Floats(gradients[1]), Floats(gradients[2])};
    return ToTensorFlow(kGradName, AttentionGrad(arguments, parallel_for, outputs));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowAttention").Device(tensorflow::DEVICE_CPU), AttentionOp);
REGISTER_KERNEL_BUILDER(Name("WinnowAttentionGrad").Device(tensorflow::DEVICE_CPU), AttentionGradOp);

}  // namespace
}  // namespace winnow::tf
