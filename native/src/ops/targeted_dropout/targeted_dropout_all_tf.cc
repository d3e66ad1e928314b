#include <vector>

#include "core/group.h"
#include "ops/targeted_dropout/targeted_dropout_all.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

constexpr char kName[] = "winnow.targeted_dropout_all";
constexpr char kGradName[] = "winnow.targeted_dropout_all_grad";

/// Words for the step and for every kernel; inputs, since TensorFlow keeps a kernel for every value of an attribute.
constexpr int kStepWords = 4;    // threshold, seed low, seed high, step
constexpr int kKernelWords = 2;  // count, kernel id

absl::Status Shapes(InferenceContext* context) {
  int kernels;
  TF_RETURN_IF_ERROR(context->GetAttr("N", &kernels));
  for (int i = 0; i < 3; ++i) context->set_output(i, context->Vector(InferenceContext::kUnknownDim));
  for (int i = 0; i < kernels; ++i) context->set_output(3 + i, context->input(i));
  return absl::OkStatus();
}

// The bits and thresholds of all kernels lie in one tensor each, one kernel after the other, bits from a whole word on:
// a step then makes three small tensors, not three for every kernel.
REGISTER_OP("WinnowTargetedDropoutAll")
    .Input("kernels: N * float")
    .Input("start: int32")
    .Input("draw: int32")
    .Input("scale: float")
    .Output("kept: int32")
    .Output("scaled: int32")
    .Output("thresholds: int32")
    .Output("outputs: N * float")
    .Attr("N: int >= 1")
    .Attr("granularity: {'weight', 'unit'}")
    .Attr("coin: {'unit', 'weight'}")
    .Attr("rescale: bool")
    .SetShapeFn(Shapes);

REGISTER_OP("WinnowTargetedDropoutAllGrad")
    .Input("dys: N * float")
    .Input("kept: int32")
    .Input("scaled: int32")
    .Input("scale: float")
    .Output("dxs: N * float")
    .Attr("N: int >= 1")
    .SetShapeFn([](InferenceContext* context) {
      int kernels;
      TF_RETURN_IF_ERROR(context->GetAttr("N", &kernels));
      for (int i = 0; i < kernels; ++i) context->set_output(i, context->input(i));
      return absl::OkStatus();
    });

class TargetedDropoutAllOp : public OpKernel {
 public:
  explicit TargetedDropoutAllOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("N", &kernels_));
    OP_REQUIRES_OK(context, ReadGranularity(context, &granularity_));
    std::string coin;
    OP_REQUIRES_OK(context, context->GetAttr("coin", &coin));
    coin_ = coin == "weight" ? Coin::kWeight : Coin::kUnit;
    OP_REQUIRES_OK(context, context->GetAttr("rescale", &rescale_));
  }

  absl::Status Run(OpKernelContext* context) override {
    const Tensor &start = context->input(kernels_), &draw = context->input(kernels_ + 1);
    const Tensor& scale = context->input(kernels_ + 2);
    TF_RETURN_IF_ERROR(CheckShape(kName, "draw", draw, {kStepWords + kernels_ * kKernelWords}));
    TF_RETURN_IF_ERROR(CheckShape(kName, "scale", scale, TensorShape()));
    const auto words = draw.flat<int32_t>();
    if (words(0) < 0) {
      return absl::InvalidArgumentError(absl::StrCat(kName, ": threshold must be in [0, 1073741824], got ", words(0)));
    }
    TargetedDropoutArguments common = {};
    common.granularity = granularity_;
    common.coin = coin_;
    common.drop_threshold = static_cast<uint32_t>(words(0));
    common.draws = {
        {static_cast<uint32_t>(words(1)), static_cast<uint32_t>(words(2))}, 0, static_cast<uint32_t>(words(3))};
    common.rescale = rescale_;
    common.scale = scale.scalar<float>()();

    std::vector<TargetedDropoutItem> items(kernels_, {common, {}});
    OpOutputList outputs;
    TF_RETURN_IF_ERROR(context->output_list("outputs", &outputs));
    int64_t bit_words = 0, columns = 0;
    for (int i = 0; i < kernels_; ++i) {
      TargetedDropoutItem& item = items[i];
      TF_RETURN_IF_ERROR(AsMatrix(kName, context->input(i), &item.arguments.kernel));
      item.arguments.count = words(kStepWords + kKernelWords * i);
      item.arguments.draws.kernel_id = static_cast<uint32_t>(words(kStepWords + kKernelWords * i + 1));
      Tensor* output = nullptr;
      TF_RETURN_IF_ERROR(outputs.allocate(i, context->input(i).shape(), &output));
      item.outputs.output = Floats(output);
      bit_words += BitWords(item.arguments.kernel.size());
      columns += item.arguments.kernel.units;
    }
    const bool starts = start.NumElements() > 0;
    if (starts) TF_RETURN_IF_ERROR(CheckShape(kName, "start", start, {columns}));
    Tensor *kept = nullptr, *scaled = nullptr, *thresholds = nullptr;
    TF_RETURN_IF_ERROR(Allocate(context, 0, {bit_words}, &kept));
    TF_RETURN_IF_ERROR(Allocate(context, 1, {rescale_ ? bit_words : 0}, &scaled));
    TF_RETURN_IF_ERROR(Allocate(context, 2, {columns}, &thresholds));
    bit_words = columns = 0;
    for (TargetedDropoutItem& item : items) {
      item.outputs.kept = Words(kept) + bit_words;
      if (rescale_) item.outputs.scaled = Words(scaled) + bit_words;
      if (starts) item.arguments.start = start.flat<int32_t>().data() + columns;
      item.outputs.thresholds = thresholds->flat<int32_t>().data() + columns;
      bit_words += BitWords(item.arguments.kernel.size());
      columns += item.arguments.kernel.units;
    }
    WorkerPoolFor parallel_for(context);
    int64_t failed = 0;
    return ToTensorFlow(kName, TargetedDropoutAll(items, parallel_for, &failed).In("kernels", failed));
  }

 private:
  int kernels_;
  Granularity granularity_;
  Coin coin_;
  bool rescale_;
};

class TargetedDropoutAllGradOp : public OpKernel {
 public:
  explicit TargetedDropoutAllGradOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("N", &kernels_));
  }

  absl::Status Run(OpKernelContext* context) override {
    const Tensor &kept = context->input(kernels_), &scaled = context->input(kernels_ + 1);
    const Tensor& scale = context->input(kernels_ + 2);
    TF_RETURN_IF_ERROR(CheckShape(kGradName, "scale", scale, TensorShape()));
    int64_t bit_words = 0;
    for (int i = 0; i < kernels_; ++i) bit_words += BitWords(context->input(i).NumElements());
    TF_RETURN_IF_ERROR(CheckShape(kGradName, "kept", kept, {bit_words}));
    const bool rescaled = scaled.NumElements() > 0;
    if (rescaled) TF_RETURN_IF_ERROR(CheckShape(kGradName, "scaled", scaled, {bit_words}));
    std::vector<TargetedDropoutGradItem> items;
    bit_words = 0;
    for (int i = 0; i < kernels_; ++i) {
      const Tensor& dy = context->input(i);
      Tensor* dx = nullptr;
      TF_RETURN_IF_ERROR(context->forward_input_or_allocate_output({i}, i, dy.shape(), &dx));
      items.push_back({{Floats(dy), Words(kept) + bit_words, rescaled ? Words(scaled) + bit_words : nullptr,
                        scale.scalar<float>()(), dy.NumElements()},
                       Floats(dx)});
      bit_words += BitWords(dy.NumElements());
    }
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kGradName, TargetedDropoutGradAll(items, parallel_for));
  }

 private:
  int kernels_;
};

REGISTER_KERNEL_BUILDER(Name("WinnowTargetedDropoutAll")
                            .Device(tensorflow::DEVICE_CPU)
                            .HostMemory("start")
                            .HostMemory("draw")
                            .HostMemory("scale")
                            .HostMemory("thresholds"),
                        TargetedDropoutAllOp);
REGISTER_KERNEL_BUILDER(Name("WinnowTargetedDropoutAllGrad").Device(tensorflow::DEVICE_CPU).HostMemory("scale"),
                        TargetedDropoutAllGradOp);

}  // namespace
}  // namespace winnow::tf
