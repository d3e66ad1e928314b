// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/gemm/gemm_tiles.h"
#include "core/simd.h"
#include "ops/conv2d/winograd_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

constexpr int kInputTile = kWinogradTile + 2;

WINNOW_INLINE F32 Scaled(float factor, F32 a, F32 b) { return MultiplyAdd(Broadcast(factor), a, b); }

/// The points of the interpolation are 0, ±p, ±q and infinity. With 3/4 and 3/2 the rounding error is half that of the
/// usual 1 and 2, some twice that of a plain sum, and all numbers of Bᵀ and A are exact.
constexpr float kP = 0.75f, kQ = 1.5f;
constexpr float kP2 = kP * kP, kQ2 = kQ * kQ;
/// The products of each point's distances from the others, which divide the rows of G.
constexpr float kN0 = kP2 * kQ2, kNp = 2 * kP2 * (kP2 - kQ2), kNq = 2 * kQ2 * (kQ2 - kP2);

/// Bᵀ: 6 inputs to 6 points.
WINNOW_INLINE void InputTransform(const F32* d, int step, F32* t, int to) {
  const F32 d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  const F32 even_p = Scaled(-kQ2, d2, d4), odd_p = Scaled(-kQ2, d1, d3);
  const F32 even_q = Scaled(-kP2, d2, d4), odd_q = Scaled(-kP2, d1, d3);
  t[0] = Scaled(kN0, d0, Scaled(-kP2 - kQ2, d2, d4));
  t[to] = Scaled(kP, odd_p, even_p);
  t[2 * to] = Scaled(-kP, odd_p, even_p);
  t[3 * to] = Scaled(kQ, odd_q, even_q);
  t[4 * to] = Scaled(-kQ, odd_q, even_q);
  t[5 * to] = Scaled(kN0, d1, Scaled(-kP2 - kQ2, d3, d5));
}

/// Aᵀ: 6 points to 4 outputs.
WINNOW_INLINE void OutputTransform(const F32* m, int step, F32* y, int to) {
  const F32 m1 = m[step], m2 = m[2 * step], m3 = m[3 * step], m4 = m[4 * step];
  const F32 even_p = m1 + m2, odd_p = m1 - m2, even_q = m3 + m4, odd_q = m3 - m4;
  y[0] = m[0] + even_p + even_q;
  y[to] = Scaled(kP, odd_p, odd_q * kQ);
  y[2 * to] = Scaled(kP2, even_p, even_q * kQ2);
  y[3 * to] = Scaled(kP * kP2, odd_p, Scaled(kQ * kQ2, odd_q, m[5 * step]));
}

/// A: 4 gradients to 6 points.
WINNOW_INLINE void GradientTransform(const F32* y, int step, F32* z, int to) {
  const F32 y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
  const F32 even_p = Scaled(kP2, y2, y0), odd_p = Scaled(kP2, y3, y1);
  const F32 even_q = Scaled(kQ2, y2, y0), odd_q = Scaled(kQ2, y3, y1);
  z[0] = y0;
  z[to] = Scaled(kP, odd_p, even_p);
  z[2 * to] = Scaled(-kP, odd_p, even_p);
  z[3 * to] = Scaled(kQ, odd_q, even_q);
  z[4 * to] = Scaled(-kQ, odd_q, even_q);
  z[5 * to] = y3;
}

/// G: 3 weights to 6 points.
WINNOW_INLINE void FilterTransform(const F32* g, int step, F32* u, int to) {
  const F32 g0 = g[0], g1 = g[step], g2 = g[2 * step];
  const F32 even_p = Scaled(kP2 / kNp, g2, g0 * (1 / kNp)), odd_p = g1 * (kP / kNp);
  const F32 even_q = Scaled(kQ2 / kNq, g2, g0 * (1 / kNq)), odd_q = g1 * (kQ / kNq);
  u[0] = g0 * (1 / kN0);
  u[to] = even_p + odd_p;
  u[2 * to] = even_p - odd_p;
  u[3 * to] = even_q + odd_q;
  u[4 * to] = even_q - odd_q;
  u[5 * to] = g2;
}

/// Gᵀ: 6 points to 3 weights.
WINNOW_INLINE void FilterGradientTransform(const F32* u, int step, F32* g, int to) {
  const F32 even_p = u[step] + u[2 * step], odd_p = u[step] - u[2 * step];
  const F32 even_q = u[3 * step] + u[4 * step], odd_q = u[3 * step] - u[4 * step];
  g[0] = Scaled(1 / kN0, u[0], Scaled(1 / kNp, even_p, even_q * (1 / kNq)));
  g[to] = Scaled(kP / kNp, odd_p, odd_q * (kQ / kNq));
  g[2 * to] = Scaled(kP2 / kNp, even_p, Scaled(kQ2 / kNq, even_q, u[5 * step]));
}

/// Walks over the tiles.
struct TileAt {
  int64_t image;
  int64_t row;
  int64_t column;
};

WINNOW_INLINE int64_t TilesAcross(int64_t size) { return (size + kWinogradTile - 1) / kWinogradTile; }

WINNOW_INLINE TileAt FirstTile(const WinogradTiles& tiles) {
  const int64_t across = TilesAcross(tiles.width), down = TilesAcross(tiles.height);
  const int64_t tile = tiles.first;
  return {tile / (across * down), tile / across % down * kWinogradTile, tile % across * kWinogradTile};
}

WINNOW_INLINE void Advance(const WinogradTiles& tiles, TileAt* at) {
  at->column += kWinogradTile;
  if (at->column < tiles.width) return;
  at->column = 0;
  at->row += kWinogradTile;
  if (at->row < tiles.height) return;
  at->row = 0;
  ++at->image;
}

/// Transforms kSize × kSize places from (row, column) on, zeros beyond the image, into the 36 points of a panel.
template <int kSize, bool kInside, typename Transform>
WINNOW_INLINE void GatherTile(const WinogradTiles& tiles, const float* image, int64_t row, int64_t column,
                              int64_t channels, float* to, int64_t stride, const Transform& transform) {
  bool row_inside[kSize];
  for (int i = 0; i < kSize; ++i) row_inside[i] = kInside || (row + i >= 0 && row + i < tiles.height);
  const int64_t row_stride = tiles.width * channels;
  const float* const corner = image + row * row_stride + column * channels;
  for (int64_t channel = 0; channel < channels; channel += kLanes) {
    F32 half[kInputTile * kSize];
#pragma GCC unroll 6
    for (int j = 0; j < kSize; ++j) {
      F32 d[kSize] = {};
      // Beyond the left and right edges all is zero, and so is its transform.
      if (kInside || (column + j >= 0 && column + j < tiles.width)) {
        const float* from = corner + j * channels + channel;
#pragma GCC unroll 6
        for (int i = 0; i < kSize; ++i) {
          if (row_inside[i]) d[i] = Load<F32>(from + i * row_stride);
        }
      }
      transform(d, 1, half + j, kSize);
    }
#pragma GCC unroll 6
    for (int i = 0; i < kInputTile; ++i) {
      F32 points[kInputTile];
      transform(half + i * kSize, 1, points, 1);
#pragma GCC unroll 6
      for (int j = 0; j < kInputTile; ++j) Store(to + (i * kInputTile + j) * stride + channel, points[j]);
    }
  }
}

/// All tiles, each from `margin` before its first output on.
template <int kSize, typename Transform>
WINNOW_INLINE void GatherTiles(const WinogradTiles& tiles, const float* images, int64_t channels, int64_t margin,
                               const WinogradPanel& panel, const Transform& transform) {
  TileAt at = FirstTile(tiles);
  for (int64_t tile = 0; tile < tiles.count; ++tile, Advance(tiles, &at)) {
    const float* image = images + at.image * tiles.height * tiles.width * channels;
    const int64_t row = at.row - margin, column = at.column - margin;
    float* const to = panel.data + tile * channels;
    if (row >= 0 && column >= 0 && row + kSize <= tiles.height && column + kSize <= tiles.width) {
      GatherTile<kSize, true>(tiles, image, row, column, channels, to, panel.stride, transform);
    } else {
      GatherTile<kSize, false>(tiles, image, row, column, channels, to, panel.stride, transform);
    }
  }
}

void GatherInputs(const WinogradTiles& tiles, const float* x, int64_t channels, const WinogradPanel& panel) {
  GatherTiles<kInputTile>(
      tiles, x, channels, 1, panel,
      [](const F32* d, int step, F32* t, int to) __attribute__((always_inline)) { InputTransform(d, step, t, to); });
}

void GatherGradients(const WinogradTiles& tiles, const float* dy, int64_t channels, const WinogradPanel& panel) {
  GatherTiles<kWinogradTile>(
      tiles, dy, channels, 0, panel,
      [](const F32* y, int step, F32* z, int to) __attribute__((always_inline)) { GradientTransform(y, step, z, to); });
}

void ScatterOutputs(const WinogradTiles& tiles, const WinogradPanel& m, int64_t outputs, int64_t channels, float* y) {
  TileAt at = FirstTile(tiles);
  for (int64_t tile = 0; tile < tiles.count; ++tile, Advance(tiles, &at)) {
    const int rows = static_cast<int>(tiles.height - at.row < kWinogradTile ? tiles.height - at.row : kWinogradTile);
    const int columns =
        static_cast<int>(tiles.width - at.column < kWinogradTile ? tiles.width - at.column : kWinogradTile);
    float* const corner = y + ((at.image * tiles.height + at.row) * tiles.width + at.column) * channels;
    for (int64_t channel = 0; channel < outputs; channel += kLanes) {
      const float* from = m.data + tile * outputs + channel;
      F32 half[kWinogradTile * kInputTile];
#pragma GCC unroll 6
      for (int j = 0; j < kInputTile; ++j) {
        F32 column[kInputTile];
        for (int i = 0; i < kInputTile; ++i) column[i] = Load<F32>(from + (i * kInputTile + j) * m.stride);
        OutputTransform(column, 1, half + j, kInputTile);
      }
      F32 out[kWinogradTile * kWinogradTile];
#pragma GCC unroll 4
      for (int i = 0; i < kWinogradTile; ++i) OutputTransform(half + i * kInputTile, 1, out + i * kWinogradTile, 1);
      if (rows == kWinogradTile && columns == kWinogradTile) {
        for (int i = 0; i < kWinogradTile; ++i) {
          float* to = corner + i * tiles.width * channels + channel;
#pragma GCC unroll 4
          for (int j = 0; j < kWinogradTile; ++j) Store(to + j * channels, out[i * kWinogradTile + j]);
        }
      } else {
        for (int i = 0; i < rows; ++i) {
          for (int j = 0; j < columns; ++j) {
            Store(corner + (i * tiles.width + j) * channels + channel, out[i * kWinogradTile + j]);
          }
        }
      }
    }
  }
}

void Multiply(const WinogradPanel& v, int64_t tiles, int64_t inputs, const float* u, int64_t outputs,
              const WinogradPanel& m) {
  for (int point = 0; point < kWinogradPoints; ++point) {
    MultiplyMatrices({v.data + point * v.stride, inputs, false}, tiles, inputs, u + point * inputs * outputs, outputs,
                     outputs, m.data + point * m.stride, outputs, false);
  }
}

void Accumulate(const WinogradPanel& v, const WinogradPanel& z, int64_t tiles, int64_t inputs, int64_t outputs,
                float* sums) {
  for (int point = 0; point < kWinogradPoints; ++point) {
    MultiplyMatrices({v.data + point * v.stride, inputs, true}, inputs, tiles, z.data + point * z.stride, outputs,
                     outputs, sums + point * inputs * outputs, outputs, true);
  }
}

void TransformFilter(const float* filter, int64_t inputs, int64_t outputs, float* transformed) {
  for (int64_t block = 0; block < outputs; block += kWinogradBlock) {
    const int64_t width = outputs - block < kWinogradBlock ? outputs - block : kWinogradBlock;
    float* const to = transformed + block * kWinogradPoints * inputs;
    for (int64_t input = 0; input < inputs; ++input) {
      for (int64_t channel = 0; channel < width; channel += kLanes) {
        F32 g[9], half[18];
        for (int i = 0; i < 9; ++i) g[i] = Load<F32>(filter + (i * inputs + input) * outputs + block + channel);
        for (int j = 0; j < 3; ++j) FilterTransform(g + j, 3, half + j, 3);
        for (int i = 0; i < kInputTile; ++i) {
          F32 u[kInputTile];
          FilterTransform(half + 3 * i, 1, u, 1);
          for (int j = 0; j < kInputTile; ++j) {
            Store(to + ((i * kInputTile + j) * inputs + input) * width + channel, u[j]);
          }
        }
      }
    }
  }
}

void FinishFilter(const float* sums, int64_t inputs, int64_t outputs, float* dfilter) {
  const int64_t size = inputs * outputs;
  for (int64_t at = 0; at < size; at += kLanes) {
    F32 u[kWinogradPoints], half[18], g[9];
    for (int i = 0; i < kWinogradPoints; ++i) u[i] = Load<F32>(sums + i * size + at);
    for (int j = 0; j < kInputTile; ++j) FilterGradientTransform(u + j, kInputTile, half + j, kInputTile);
    for (int i = 0; i < 3; ++i) FilterGradientTransform(half + i * kInputTile, 1, g + 3 * i, 1);
    for (int i = 0; i < 9; ++i) Store(dfilter + i * size + at, g[i]);
  }
}

}  // namespace

const WinogradKernels kWinogradKernels = {TransformFilter, GatherInputs, GatherGradients, Multiply,
                                          ScatterOutputs,  Accumulate,   FinishFilter};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
