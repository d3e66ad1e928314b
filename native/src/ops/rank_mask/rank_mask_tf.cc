#include <vector>

#include "ops/rank_mask/rank_mask.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

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

  absl::Status Run(OpKernelContext* context) override {
    const Tensor& tensor = context->input(matrices_);
    TF_RETURN_IF_ERROR(CheckShape(kName, "words", tensor, {kRuleWords + matrices_}));
    const auto words = tensor.flat<int32_t>();
    RankRule rule = rule_;
    rule.block_rows = words(0);
    rule.block_columns = words(1);
    rule.global_count = words(2);
    std::vector<RankItem> items(matrices_);
    for (int i = 0; i < matrices_; ++i) {
      TF_RETURN_IF_ERROR(AsMatrix(kName, context->input(i), &items[i].scores));
      items[i].count = words(kRuleWords + i);
      Tensor* mask = nullptr;
      TF_RETURN_IF_ERROR(Allocate(context, i, context->input(i).shape(), &mask));
      items[i].mask = Bytes(mask);
    }
    WorkerPoolFor parallel_for(context);
    int64_t failed = 0;
    return ToTensorFlow(kName, RankMask(items, rule, parallel_for, &failed).In("kernels", failed));
  }

 private:
  int matrices_;
  RankRule rule_ = {RankScope::kColumn, false, 1, 1, 0};
};

REGISTER_KERNEL_BUILDER(Name("WinnowRankMask").Device(tensorflow::DEVICE_CPU).HostMemory("words"), RankMaskOp);

}  // namespace
}  // namespace winnow::tf
