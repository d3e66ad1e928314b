#include <cmath>

#include "ops/spmm/spmm.h"

namespace winnow {

Status SpmmReference(const CsrMatrix& sparse, bool transposed, const SpmmArguments& arguments, TokenOutput output) {
  SerialFor serial;
  WINNOW_RETURN_IF_ERROR(CheckCsr(sparse, serial));
  const int64_t units = transposed ? sparse.columns : sparse.rows;
  const int64_t channels = transposed ? sparse.rows : sparse.columns;
  const int64_t tokens = arguments.tokens;
  const auto input_at = [&](int64_t token, int64_t channel) {
    return arguments.input.data[arguments.input.tokens_outer ? token * channels + channel : channel * tokens + token];
  };
  const auto output_at = [&](int64_t token, int64_t unit) -> float& {
    return output.data[output.tokens_outer ? token * units + unit : unit * tokens + token];
  };
  for (int64_t token = 0; token < tokens; ++token) {
    for (int64_t unit = 0; unit < units; ++unit) {
      output_at(token, unit) = arguments.bias == nullptr ? 0.0f : arguments.bias[unit];
    }
    for (int64_t row = 0; row < sparse.rows; ++row) {
      for (int64_t i = sparse.row_offsets[row]; i < sparse.row_offsets[row + 1]; ++i) {
        float& sum = output_at(token, transposed ? sparse.column(i) : row);
        sum = std::fma(sparse.values[i], input_at(token, transposed ? row : sparse.column(i)), sum);
      }
    }
    for (int64_t unit = 0; unit < units; ++unit) {
      float& sum = output_at(token, unit);
      if (arguments.activation == Activation::kRelu && sum < 0) sum = 0;
      if (arguments.activation == Activation::kGelu) {
        sum = static_cast<float>(0.5 * sum * (1 + std::erf(sum * std::sqrt(0.5))));
      }
    }
  }
  return {};
}

}  // namespace winnow
