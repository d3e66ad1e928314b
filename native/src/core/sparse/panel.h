#ifndef WINNOW_CORE_SPARSE_PANEL_H_
#define WINNOW_CORE_SPARSE_PANEL_H_

#include <stdint.h>

namespace winnow {

/// Tokens in a panel: four AVX-512 accumulators hide the latency of a multiply-add, and 128 channels of it stay in a
/// level-1 cache of 32 KiB.
constexpr int kPanelTokens = 64;

/// The tokens a kernel computes for `tokens` in [1, 64]: few tokens do not cost what 64 do.
static constexpr int PanelWidth(int64_t tokens) { return tokens <= 16 ? 16 : tokens <= 32 ? 32 : kPanelTokens; }

/// A part of a dense matrix: `tokens` in [1, 64] with all their channels. tokens_outer: [tokens, channels], each token
/// `stride` after the last; otherwise [channels, tokens], each channel `stride` after the last.
struct PanelSource {
  const float* data;
  int64_t stride;
  int64_t channels;
  int64_t tokens;
  bool tokens_outer;
};

}  // namespace winnow

#endif  // WINNOW_CORE_SPARSE_PANEL_H_
