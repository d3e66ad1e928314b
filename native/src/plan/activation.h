#ifndef WINNOW_PLAN_ACTIVATION_H_
#define WINNOW_PLAN_ACTIVATION_H_

namespace winnow::plan {

/// Functions that a node applies to each of its results. The numbers stand in programs, so they stay.
enum class Activation {
  kNone = 0,
  /// max(x, 0); NaN passes.
  kRelu = 1,
  /// min(max(x, 0), alpha)
  kCappedRelu = 2,
  /// x below 0 times alpha.
  kLeakyRelu = 3,
  /// alpha · (e^x − 1) below 0.
  kElu = 4,
  kSelu = 5,
  kSigmoid = 6,
  /// 0.2 · x + 0.5, kept within [0, 1].
  kHardSigmoid = 7,
  kTanh = 8,
  kSoftplus = 9,
  kSoftsign = 10,
  /// x · Φ(x), and its approximation with tanh.
  kGelu = 11,
  kGeluTanh = 12,
  /// x · sigmoid(x)
  kSwish = 13,
  /// x · tanh(softplus(x))
  kMish = 14,
  /// x where it is above alpha, else 0.
  kThresholdedRelu = 15,
};
static constexpr int kActivationCount = 16;

static constexpr float kSeluAlpha = 1.6732632423543772f, kSeluScale = 1.0507009873554805f;

struct ActivationCall {
  Activation kind = Activation::kNone;
  float alpha = 0;
};

}  // namespace winnow::plan

#endif  // WINNOW_PLAN_ACTIVATION_H_
