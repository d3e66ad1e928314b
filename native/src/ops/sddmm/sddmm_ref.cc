#include <cmath>

#include "ops/sddmm/sddmm.h"

namespace winnow {
namespace {

float At(const TokenMatrix& matrix, int64_t tokens, int64_t channels, int64_t token, int64_t channel) {
  return matrix.data[matrix.tokens_outer ? token * channels + channel : channel * tokens + token];
}

}  // namespace

Status SddmmReference(const SddmmArguments& arguments, float* values) {
  const CsrMatrix& pattern = arguments.pattern;
  SerialFor serial;
  WINNOW_RETURN_IF_ERROR(CheckCsr(pattern, serial));
  for (int64_t row = 0; row < pattern.rows; ++row) {
    for (int64_t i = pattern.row_offsets[row]; i < pattern.row_offsets[row + 1]; ++i) {
      float total = 0;
      for (int64_t panel = 0; panel < arguments.tokens; panel += kPanelTokens) {
        float lanes[16] = {};
        for (int64_t token = panel; token < panel + kPanelTokens && token < arguments.tokens; ++token) {
          const float a = At(arguments.row_input, arguments.tokens, pattern.rows, token, row);
          const float b = At(arguments.column_input, arguments.tokens, pattern.columns, token, pattern.column(i));
          lanes[token % 16] = std::fma(a, b, lanes[token % 16]);
        }
        for (int half = 8; half >= 1; half /= 2) {
          for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
        }
        total += lanes[0];
      }
      values[i] = total;
    }
  }
  return {};
}

}  // namespace winnow
