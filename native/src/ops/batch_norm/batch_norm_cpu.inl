// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd.h"
#include "ops/batch_norm/batch_norm_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

/// Sums are kept by row modulo 4.
constexpr int kPhases = 4;

/// Vectors of channels that are computed together, as the registers allow.
constexpr int kWide = kLanes == 16 ? 4 : 2, kWideSums = kLanes == 16 ? 2 : 1;

template <int kCount>
struct Count {
  static constexpr int kValue = kCount;
};

/// A vector of channels at a time; the last one of a row may be narrower than a vector.
struct Whole {
  WINNOW_INLINE F32 Read(const float* from) { return Load<F32>(from); }
  WINNOW_INLINE void Write(float* to, F32 value) { Store(to, value); }
};
struct Part {
  int count;
  inline __attribute__((always_inline)) F32 Read(const float* from) const {
    F32 value = {};
    memcpy(&value, from, count * sizeof(float));
    return value;
  }
  inline __attribute__((always_inline)) void Write(float* to, F32 value) const {
    memcpy(to, &value, count * sizeof(float));
  }
};

WINNOW_INLINE F32 Join(const F32 (&sums)[kPhases]) { return (sums[0] + sums[1]) + (sums[2] + sums[3]); }

/// value where `positive` > 0, else +0.
WINNOW_INLINE F32 KeepWherePositive(F32 positive, F32 value) {
  return (F32)((U32)value & (U32)(positive > Broadcast(0.0f)));
}

/// NaN and −0 pass, as in TensorFlow's Relu.
WINNOW_INLINE F32 Relu(F32 value) { return (F32)((U32)value & ~(U32)(value < Broadcast(0.0f))); }

/// Of kVectors vectors of channels: the sums of x, or, if `kSquares`, of its squared distance from `mean`.
template <int kVectors, bool kSquares, typename Access>
WINNOW_INLINE void SumRows(const float* x, int64_t rows, int64_t channels, const Access& access,
                           const F32 (&mean)[kVectors], F32 (&out)[kVectors]) {
  F32 sums[kVectors][kPhases] = {};
  int64_t row = 0;
  const auto add = [&](int phase) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const F32 value = access.Read(x + row * channels + v * kLanes);
      const F32 deviation = value - mean[v];
      sums[v][phase] += kSquares ? deviation * deviation : value;
    }
    ++row;
  };
  while (row + kPhases <= rows) {
    add(0);
    add(1);
    add(2);
    add(3);
  }
  if (row < rows) add(0);
  if (row < rows) add(1);
  if (row < rows) add(2);
  for (int v = 0; v < kVectors; ++v) out[v] = Join(sums[v]);
}

template <int kVectors, typename Access>
WINNOW_INLINE void StatisticsOf(const float* x, int64_t rows, int64_t channels, const Access& access, float* means,
                                float* deviations) {
  F32 mean[kVectors] = {}, sums[kVectors];
  SumRows<kVectors, false>(x, rows, channels, access, mean, sums);
  for (int v = 0; v < kVectors; ++v) {
    mean[v] = sums[v] / Broadcast(static_cast<float>(rows));
    access.Write(means + v * kLanes, mean[v]);
  }
  SumRows<kVectors, true>(x, rows, channels, access, mean, sums);
  for (int v = 0; v < kVectors; ++v) access.Write(deviations + v * kLanes, sums[v]);
}

void Statistics(const float* x, int64_t rows, int64_t channels, float* means, float* deviations) {
  int64_t at = 0;
  for (; at + 4 * kLanes <= channels; at += 4 * kLanes) {
    StatisticsOf<4>(x + at, rows, channels, Whole(), means + at, deviations + at);
  }
  for (; at + kLanes <= channels; at += kLanes) {
    StatisticsOf<1>(x + at, rows, channels, Whole(), means + at, deviations + at);
  }
  if (at < channels) {
    StatisticsOf<1>(x + at, rows, channels, Part{static_cast<int>(channels - at)}, means + at, deviations + at);
  }
}

/// What some channels are computed with: kVectors vectors that follow each other, so that memory is read in whole
/// lines.
template <int kVectors>
struct Columns {
  F32 mean[kVectors], factor[kVectors], offset[kVectors];
};

template <int kVectors, typename Access>
WINNOW_INLINE Columns<kVectors> ColumnsOf(const BatchNormRows& rows, const Access& access, int64_t channel) {
  Columns<kVectors> columns;
  for (int v = 0; v < kVectors; ++v) {
    const int64_t at = channel + v * kLanes;
    columns.mean[v] = access.Read(rows.mean + at);
    columns.factor[v] = access.Read(rows.factor + at);
    columns.offset[v] = access.Read(rows.offset + at);
  }
  return columns;
}

/// Calls each(number of vectors as a type, access, first channel) for all channels.
template <int kMost, typename Each>
WINNOW_INLINE void ForEachColumns(int64_t channels, const Each& each) {
  int64_t channel = 0;
  for (; channel + kMost * kLanes <= channels; channel += kMost * kLanes) each(Count<kMost>(), Whole(), channel);
  for (; channel + kLanes <= channels; channel += kLanes) each(Count<1>(), Whole(), channel);
  if (channel < channels) each(Count<1>(), Part{static_cast<int>(channels - channel)}, channel);
}

/// (x − mean) · factor + offset [+ skip].
template <bool kRelu, int kVectors, typename Access>
WINNOW_INLINE void NormaliseColumns(const BatchNormRows& rows, const Access& access, int64_t channel, float* y) {
  const Columns<kVectors> columns = ColumnsOf<kVectors>(rows, access, channel);
  const int64_t end = rows.rows * rows.channels;
  for (int64_t first = channel; first < end; first += rows.channels) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const int64_t at = first + v * kLanes;
      F32 value = (access.Read(rows.x + at) - columns.mean[v]) * columns.factor[v] + columns.offset[v];
      if (rows.skip != nullptr) value += access.Read(rows.skip + at);
      access.Write(y + at, kRelu ? Relu(value) : value);
    }
  }
}

void Normalise(const BatchNormRows& rows, float* y) {
  ForEachColumns<kWide>(rows.channels, [&](auto count, const auto& access, int64_t channel) WINNOW_INLINE_LAMBDA {
    if (rows.relu) {
      NormaliseColumns<true, decltype(count)::kValue>(rows, access, channel, y);
    } else {
      NormaliseColumns<false, decltype(count)::kValue>(rows, access, channel, y);
    }
  });
}

/// dy where the forward pass's output was positive; `centred` becomes x − mean.
template <int kVectors, typename Access>
WINNOW_INLINE F32 Masked(const BatchNormGradRows& rows, const Access& access, int64_t at,
                         const Columns<kVectors>& columns, int v, F32* centred) {
  *centred = access.Read(rows.forward.x + at) - columns.mean[v];
  const F32 dy = access.Read(rows.dy + at);
  if (!rows.forward.relu) return dy;
  if (rows.y != nullptr) return KeepWherePositive(access.Read(rows.y + at), dy);
  return KeepWherePositive(*centred * columns.factor[v] + columns.offset[v], dy);
}

template <int kVectors, typename Access>
WINNOW_INLINE void GradientSumsOf(const BatchNormGradRows& rows, const Access& access, int64_t channel, float* sums,
                                  float* products) {
  const int64_t channels = rows.forward.channels;
  const Columns<kVectors> columns = ColumnsOf<kVectors>(rows.forward, access, channel);
  F32 sum[kVectors][kPhases] = {}, product[kVectors][kPhases] = {};
  int64_t row = 0;
  const auto add = [&](int phase) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      F32 centred;
      const F32 g = Masked(rows, access, row * channels + channel + v * kLanes, columns, v, &centred);
      sum[v][phase] += g;
      product[v][phase] += g * centred;
    }
    ++row;
  };
  while (row + kPhases <= rows.forward.rows) {
    add(0);
    add(1);
    add(2);
    add(3);
  }
  if (row < rows.forward.rows) add(0);
  if (row < rows.forward.rows) add(1);
  if (row < rows.forward.rows) add(2);
  for (int v = 0; v < kVectors; ++v) {
    access.Write(sums + channel + v * kLanes, Join(sum[v]));
    access.Write(products + channel + v * kLanes, Join(product[v]));
  }
}

void GradientSums(const BatchNormGradRows& rows, float* sums, float* products) {
  ForEachColumns<kWideSums>(rows.forward.channels,
                            [&](auto count, const auto& access, int64_t channel) WINNOW_INLINE_LAMBDA {
                              GradientSumsOf<decltype(count)::kValue>(rows, access, channel, sums, products);
                            });
}

template <int kVectors, typename Access>
WINNOW_INLINE void GradientOf(const BatchNormGradRows& rows, const Access& access, int64_t channel, float* dx,
                              float* dskip) {
  const Columns<kVectors> columns = ColumnsOf<kVectors>(rows.forward, access, channel);
  F32 mean_g[kVectors], slope[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    mean_g[v] = access.Read(rows.mean_g + channel + v * kLanes);
    slope[v] = access.Read(rows.slope + channel + v * kLanes);
  }
  const int64_t end = rows.forward.rows * rows.forward.channels;
  for (int64_t first = channel; first < end; first += rows.forward.channels) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const int64_t at = first + v * kLanes;
      F32 centred;
      const F32 g = Masked(rows, access, at, columns, v, &centred);
      F32 d = columns.factor[v] * ((g - mean_g[v]) - centred * slope[v]);
      if (rows.added != nullptr) d += access.Read(rows.added + at);
      access.Write(dx + at, d);
      if (dskip != nullptr) access.Write(dskip + at, g);
    }
  }
}

void Gradient(const BatchNormGradRows& rows, float* dx, float* dskip) {
  ForEachColumns<kWide>(rows.forward.channels,
                        [&](auto count, const auto& access, int64_t channel) WINNOW_INLINE_LAMBDA {
                          GradientOf<decltype(count)::kValue>(rows, access, channel, dx, dskip);
                        });
}

}  // namespace

const BatchNormKernels kBatchNormKernels = {Statistics, Normalise, GradientSums, Gradient};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
