#include "core/group.h"
#include "ops/targeted_dropout/targeted_dropout.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

constexpr char kName[] = "winnow.targeted_dropout";
constexpr char kGradName[] = "winnow.targeted_dropout_grad";

/// What changes from step to step is an input: TensorFlow keeps a kernel for every value of an attribute.
constexpr int kDrawWords = 6;  // count, threshold, seed low, seed high, kernel id, step

absl::Status DropoutShapes(InferenceContext* context) {
  ShapeHandle kernel, draw, scalar;
  TF_RETURN_IF_ERROR(context->WithRankAtLeast(context->input(0), 1, &kernel));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(1), 1, &draw));
  DimensionHandle words;
  TF_RETURN_IF_ERROR(context->WithValue(context->Dim(draw, 0), kDrawWords, &words));
  TF_RETURN_IF_ERROR(context->WithRank(context->input(2), 0, &scalar));
  bool rescale;
  TF_RETURN_IF_ERROR(context->GetAttr("rescale", &rescale));
  const DimensionHandle elements = context->NumElements(kernel);
  const DimensionHandle bits =
      context->ValueKnown(elements) ? context->MakeDim(BitWords(context->Value(elements))) : context->UnknownDim();
  context->set_output(0, kernel);
  context->set_output(1, context->Vector(bits));
  context->set_output(2, rescale ? context->Vector(bits) : context->Vector(int64_t{0}));
  return absl::OkStatus();
}

REGISTER_OP("WinnowTargetedDropout")
    .Input("kernel: float")
    .Input("draw: int32")
    .Input("scale: float")
    .Output("output: float")
    .Output("kept: int32")
    .Output("scaled: int32")
    .Attr("granularity: {'weight', 'unit'}")
    .Attr("coin: {'unit', 'weight'}")
    .Attr("rescale: bool")
    .SetShapeFn(DropoutShapes);

REGISTER_OP("WinnowTargetedDropoutGrad")
    .Input("dy: float")
    .Input("kept: int32")
    .Input("scaled: int32")
    .Input("scale: float")
    .Output("dx: float")
    .SetShapeFn(tensorflow::shape_inference::UnchangedShape);

class TargetedDropoutOp : public OpKernel {
 public:
  explicit TargetedDropoutOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, ReadGranularity(context, &granularity_));
    std::string coin;
    OP_REQUIRES_OK(context, context->GetAttr("coin", &coin));
    coin_ = coin == "weight" ? Coin::kWeight : Coin::kUnit;
    OP_REQUIRES_OK(context, context->GetAttr("rescale", &rescale_));
  }

  absl::Status Run(OpKernelContext* context) override {
    TargetedDropoutArguments arguments;
    TF_RETURN_IF_ERROR(AsMatrix(kName, context->input(0), &arguments.kernel));
    TF_RETURN_IF_ERROR(CheckShape(kName, "draw", context->input(1), {kDrawWords}));
    TF_RETURN_IF_ERROR(CheckShape(kName, "scale", context->input(2), TensorShape()));
    const auto draw = context->input(1).flat<int32_t>();
    if (draw(1) < 0) {
      return absl::InvalidArgumentError(absl::StrCat(kName, ": threshold must be in [0, 1073741824], got ", draw(1)));
    }
    arguments.granularity = granularity_;
    arguments.coin = coin_;
    arguments.count = draw(0);
    arguments.drop_threshold = static_cast<uint32_t>(draw(1));
    arguments.draws.key = {static_cast<uint32_t>(draw(2)), static_cast<uint32_t>(draw(3))};
    arguments.draws.kernel_id = static_cast<uint32_t>(draw(4));
    arguments.draws.step = static_cast<uint32_t>(draw(5));
    arguments.rescale = rescale_;
    arguments.scale = context->input(2).scalar<float>()();

    const int64_t words = BitWords(arguments.kernel.size());
    Tensor *output = nullptr, *kept = nullptr, *scaled = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, context->input(0).shape(), &output));
    TF_RETURN_IF_ERROR(Allocate(context, 1, {words}, &kept));
    TF_RETURN_IF_ERROR(Allocate(context, 2, {rescale_ ? words : 0}, &scaled));
    WorkerPoolFor parallel_for(context);
    const TargetedDropoutOutputs outputs = {Floats(output), Words(kept), Words(scaled)};
    return ToTensorFlow(kName, TargetedDropout(arguments, parallel_for, outputs));
  }

 private:
  Granularity granularity_;
  Coin coin_;
  bool rescale_;
};

class TargetedDropoutGradOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  absl::Status Run(OpKernelContext* context) override {
    const Tensor &dy = context->input(0), &kept = context->input(1), &scaled = context->input(2);
    const TensorShape words({BitWords(dy.NumElements())});
    TF_RETURN_IF_ERROR(CheckShape(kGradName, "kept", kept, words));
    const bool rescaled = scaled.NumElements() > 0;
    if (rescaled) TF_RETURN_IF_ERROR(CheckShape(kGradName, "scaled", scaled, words));
    TF_RETURN_IF_ERROR(CheckShape(kGradName, "scale", context->input(3), TensorShape()));
    Tensor* dx = nullptr;
    TF_RETURN_IF_ERROR(context->forward_input_or_allocate_output({0}, 0, dy.shape(), &dx));
    WorkerPoolFor parallel_for(context);
    const TargetedDropoutGradArguments arguments = {Floats(dy), Words(kept), rescaled ? Words(scaled) : nullptr,
                                                    context->input(3).scalar<float>()(), dy.NumElements()};
    return ToTensorFlow(kGradName, TargetedDropoutGrad(arguments, parallel_for, Floats(dx)));
  }
};

REGISTER_KERNEL_BUILDER(
    Name("WinnowTargetedDropout").Device(tensorflow::DEVICE_CPU).HostMemory("draw").HostMemory("scale"),
    TargetedDropoutOp);
REGISTER_KERNEL_BUILDER(Name("WinnowTargetedDropoutGrad").Device(tensorflow::DEVICE_CPU).HostMemory("scale"),
                        TargetedDropoutGradOp);

}  // namespace
}  // namespace winnow::tf
