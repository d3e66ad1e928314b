#include <vector>

#include "ops/rank_mask/rank_mask.h"
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

constexpr char kName[] = "winnow.rank_mask";
/// Block rows, block columns, the global count; then one count for each matrix.
constexpr int kRuleWords = 3;

REGISTER_OP("WinnowRankMask")
    .Input("scores: N * float")
    .Input("words: int32")
    .Output("masks: N * bool")
    .Attr("N: int >= 1")
    .Attr("scope: {'column', 'layer', 'global', '2:4', 'block'}")
    .Attr("by_magnitude: bool")
    .SetShapeFn([](InferenceContext* context) {
      int matrices;
      TF_RETURN_IF_ERROR(context->GetAttr("N", &matrices));
      for (int i = 0; i < matrices; ++i) context->set_output(i, context->input(i));
      return absl::OkStatus();
    });

class RankMaskOp : public OpKernel {
 public:
  explicit RankMaskOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("N", &matrices_));
    OP_REQUIRES_OK(context, context->GetAttr("by_magnitude", &rule_.by_magnitude));
    std::string scope;
    OP_REQUIRES_OK(context, context->GetAttr("scope", &scope));
    constexpr const char* kNames[kRankScopes] = {"column", "layer", "global", "2:4", "block"};
    for (int i = 0; i < kRankScopes; ++i) {
      if (scope == kNames[i]) rule_.scope = static_cast<RankScope>(i);
    }
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& tensor = context->input(matrices_);
    OP_REQUIRES_OK(context, CheckShape(kName, "words", tensor, TensorShape({kRuleWords + matrices_})));
    const auto words = tensor.flat<int32_t>();
    RankRule rule = rule_;
    rule.block_rows = words(0);
    rule.block_columns = words(1);
    rule.global_count = words(2);
    static_assert(sizeof(bool) == 1, "the mask is written as bytes");
    std::vector<RankItem> items(matrices_);
    for (int i = 0; i < matrices_; ++i) {
      OP_REQUIRES_OK(context, AsMatrix(kName, context->input(i), &items[i].scores));
      items[i].count = words(kRuleWords + i);
      Tensor* mask = nullptr;
      OP_REQUIRES_OK(context, context->allocate_output(i, context->input(i).shape(), &mask));
      items[i].mask = reinterpret_cast<uint8_t*>(mask->flat<bool>().data());
    }
    WorkerPoolFor parallel_for(context);
    int64_t failed = 0;
    const Status status = RankMask(items, rule, parallel_for, &failed);
    OP_REQUIRES(
        context, status.ok(),
        ToTensorFlow(kName, Status(status.code(), "kernels[" + std::to_string(failed) + "]: " + status.message())));
  }

 private:
  int matrices_;
  RankRule rule_ = {RankScope::kColumn, false, 1, 1, 0};
};

REGISTER_KERNEL_BUILDER(Name("WinnowRankMask").Device(tensorflow::DEVICE_CPU).HostMemory("words"), RankMaskOp);

}  // namespace
}  // namespace winnow::tf
