#ifndef WINNOW_OPS_CONV2D_WINOGRAD_CPU_H_
#define WINNOW_OPS_CONV2D_WINOGRAD_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// A tile of 4×4 outputs becomes 6×6 products.
constexpr int kWinogradTile = 4;
constexpr int kWinogradPoints = 36;
/// Output channels that are computed together at most.
constexpr int64_t kWinogradBlock = 64;

/// Images [n, height, width, channels] cut into tiles of 4×4, counted image by image, row by row.
struct WinogradTiles {
  int64_t height;
  int64_t width;
  int64_t first;
  int64_t count;
};

/// A matrix [36][count][channels] of transformed tiles; `stride` floats lie between the points, a little more than a
/// point takes, so that the 36 do not meet in the same sets of a cache.
struct WinogradPanel {
  float* data;
  int64_t stride;
};

/// The kernel bodies; every instruction set has this table. Channels are multiples of 16.
struct WinogradKernels {
  /// U = G g Gᵀ of a filter [3, 3, inputs, outputs], laid out as [blocks of 64 outputs][36][inputs][64].
  void (*transform_filter)(const float* filter, int64_t inputs, int64_t outputs, float* transformed);
  /// V = Bᵀ d B of the 6×6 inputs around each tile.
  void (*gather_inputs)(const WinogradTiles& tiles, const float* x, int64_t channels, const WinogradPanel& panel);
  /// A d Aᵀ of each tile of 4×4.
  void (*gather_gradients)(const WinogradTiles& tiles, const float* dy, int64_t channels, const WinogradPanel& panel);
  /// M = V · U at every point for a block of `outputs` channels.
  void (*multiply)(const WinogradPanel& v, int64_t tiles, int64_t inputs, const float* u, int64_t outputs,
                   const WinogradPanel& m);
  /// Aᵀ m A of each tile, written into `outputs` channels of y, which has `channels`.
  void (*scatter_outputs)(const WinogradTiles& tiles, const WinogradPanel& m, int64_t outputs, int64_t channels,
                          float* y);
  /// sums[36][inputs][outputs] += Vᵀ · Z at every point.
  void (*accumulate)(const WinogradPanel& v, const WinogradPanel& z, int64_t tiles, int64_t inputs, int64_t outputs,
                     float* sums);
  /// Gᵀ s G of the sums: a filter's gradient, [3, 3, inputs, outputs].
  void (*finish_filter)(const float* sums, int64_t inputs, int64_t outputs, float* dfilter);
};

WINNOW_DECLARE_VARIANTS(WinogradKernels, kWinogradKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_WINOGRAD_CPU_H_
