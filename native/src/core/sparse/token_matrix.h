#ifndef WINNOW_CORE_SPARSE_TOKEN_MATRIX_H_
#define WINNOW_CORE_SPARSE_TOKEN_MATRIX_H_

#include <algorithm>
#include <cstdint>

#include "core/sparse/panel.h"

namespace winnow {

/// A dense side of a product: [tokens, channels] if tokens_outer, otherwise [channels, tokens], row-major.
struct TokenMatrix {
  const float* data;
  bool tokens_outer;
};
struct TokenOutput {
  float* data;
  bool tokens_outer;
};

/// Panels a number of tokens fills; the last may hold fewer than kPanelTokens.
inline int64_t PanelCount(int64_t tokens) { return (tokens + kPanelTokens - 1) / kPanelTokens; }

/// The channels [first, first + count), of `channels` in all, of the tokens of one panel.
inline PanelSource PanelOf(const TokenMatrix& matrix, int64_t tokens, int64_t channels, int64_t panel, int64_t first,
                           int64_t count) {
  const int64_t token = panel * kPanelTokens;
  PanelSource source;
  source.data = matrix.data + (matrix.tokens_outer ? token * channels + first : first * tokens + token);
  source.stride = matrix.tokens_outer ? channels : tokens;
  source.channels = count;
  source.tokens = std::min<int64_t>(kPanelTokens, tokens - token);
  source.tokens_outer = matrix.tokens_outer;
  return source;
}

}  // namespace winnow

#endif  // WINNOW_CORE_SPARSE_TOKEN_MATRIX_H_
