#include <array>
#include <string>
#include <vector>

#include "core/group.h"
#include "core/selection/selection.h"
#include "ops/targeted_dropout/targeted_dropout.h"

namespace winnow {
namespace {

/// u(e), made of all its digits as they are defined.
class Numbers {
 public:
  explicit Numbers(const DrawSource& draws) : draws_(draws) {}

  uint32_t At(int64_t e) {
    if (e >> 7 != block_) {
      block_ = e >> 7;
      for (uint32_t d = 0; d < kBernoulliDigits; ++d) {
        digits_[d] = Philox({static_cast<uint32_t>(block_), draws_.kernel_id, draws_.step, d}, draws_.key);
      }
    }
    uint32_t number = 0;
    for (const auto& words : digits_) number = number << 1 | (words[(e >> 5) & 3] >> (e & 31) & 1u);
    return number;
  }

 private:
  const DrawSource draws_;
  int64_t block_ = -1;
  std::array<std::array<uint32_t, 4>, kBernoulliDigits> digits_;
};

void SetBit(uint32_t* words, int64_t index) { words[index >> 5] |= 1u << (index & 31); }

bool BitAt(const uint32_t* words, int64_t index) { return (words[index >> 5] >> (index & 31)) & 1u; }

}  // namespace

Status TargetedDropoutReference(const TargetedDropoutArguments& arguments, const TargetedDropoutOutputs& outputs) {
  const KernelMatrix& kernel = arguments.kernel;
  if (arguments.drop_threshold > kAlways) {
    return InvalidArgument("threshold must be in [0, 1073741824], got " + std::to_string(arguments.drop_threshold));
  }
  std::vector<bool> targeted;
  WINNOW_RETURN_IF_ERROR(SelectLowestReference(kernel, arguments.granularity, arguments.count, &targeted));
  for (int64_t word = 0; word < BitWords(kernel.size()); ++word) {
    if (outputs.kept != nullptr) outputs.kept[word] = 0;
    if (arguments.rescale && outputs.scaled != nullptr) outputs.scaled[word] = 0;
  }
  const bool by_column = arguments.granularity == Granularity::kUnit && arguments.coin == Coin::kUnit;
  Numbers numbers(arguments.draws);
  for (int64_t e = 0; e < kernel.size(); ++e) {
    if (targeted[e] && numbers.At(by_column ? e % kernel.units : e) < arguments.drop_threshold) {
      outputs.output[e] = 0.0f;
      continue;
    }
    if (outputs.kept != nullptr) SetBit(outputs.kept, e);
    const bool scaled = targeted[e] && arguments.rescale;
    if (scaled && outputs.scaled != nullptr) SetBit(outputs.scaled, e);
    outputs.output[e] = scaled ? kernel.data[e] * arguments.scale : kernel.data[e];
  }
  return {};
}

Status TargetedDropoutGradReference(const TargetedDropoutGradArguments& arguments, float* dx) {
  for (int64_t e = 0; e < arguments.size; ++e) {
    const bool scaled = arguments.scaled != nullptr && BitAt(arguments.scaled, e);
    const float passed = scaled ? arguments.dy[e] * arguments.scale : arguments.dy[e];
    dx[e] = BitAt(arguments.kept, e) ? passed : 0.0f;
  }
  return {};
}

}  // namespace winnow
