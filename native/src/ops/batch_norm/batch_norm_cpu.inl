// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd.h"
#include "ops/batch_norm/batch_norm_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

/// Sums are kept by row modulo 4.
constexpr int kPhases = 4;

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

/// (x − mean) · factor + offset [+ skip].
template <typename Access>
WINNOW_INLINE F32 Normalised(const BatchNormRows& rows, const Access& access, int64_t at, F32 mean, F32 factor,
                             F32 offset) {
  F32 value = (access.Read(rows.x + at) - mean) * factor + offset;
  if (rows.skip != nullptr) value += access.Read(rows.skip + at);
  return value;
}

template <typename Access>
WINNOW_INLINE void NormaliseColumns(const BatchNormRows& rows, const Access& access, int64_t channel, float* y) {
  const F32 mean = access.Read(rows.mean + channel), factor = access.Read(rows.factor + channel);
  const F32 offset = access.Read(rows.offset + channel);
  const int64_t end = rows.rows * rows.channels;
  if (rows.relu) {
    for (int64_t at = channel; at < end; at += rows.channels) {
      access.Write(y + at, Relu(Normalised(rows, access, at, mean, factor, offset)));
    }
  } else {
    for (int64_t at = channel; at < end; at += rows.channels) {
      access.Write(y + at, Normalised(rows, access, at, mean, factor, offset));
    }
  }
}

void Normalise(const BatchNormRows& rows, float* y) {
  int64_t channel = 0;
  for (; channel + kLanes <= rows.channels; channel += kLanes) NormaliseColumns(rows, Whole(), channel, y);
  if (channel < rows.channels) {
    NormaliseColumns(rows, Part{static_cast<int>(rows.channels - channel)}, channel, y);
  }
}

/// What a channel's gradient is computed with.
struct Columns {
  F32 mean, factor, offset;
};

/// dy where the forward pass's output was positive; `centred` becomes x − mean.
template <typename Access>
WINNOW_INLINE F32 Masked(const BatchNormGradRows& rows, const Access& access, int64_t at, const Columns& columns,
                         F32* centred) {
  *centred = access.Read(rows.forward.x + at) - columns.mean;
  const F32 dy = access.Read(rows.dy + at);
  if (!rows.forward.relu) return dy;
  if (rows.y != nullptr) return KeepWherePositive(access.Read(rows.y + at), dy);
  return KeepWherePositive(*centred * columns.factor + columns.offset, dy);
}

template <typename Access>
WINNOW_INLINE Columns ColumnsOf(const BatchNormRows& rows, const Access& access, int64_t channel) {
  return {access.Read(rows.mean + channel), access.Read(rows.factor + channel), access.Read(rows.offset + channel)};
}

template <typename Access>
WINNOW_INLINE void GradientSumsOf(const BatchNormGradRows& rows, const Access& access, int64_t channel, float* sums,
                                  float* products) {
  const int64_t channels = rows.forward.channels;
  const Columns columns = ColumnsOf(rows.forward, access, channel);
  F32 sum[kPhases] = {}, product[kPhases] = {};
  int64_t row = 0;
  const auto add = [&](int phase) __attribute__((always_inline)) {
    F32 centred;
    const F32 g = Masked(rows, access, row * channels + channel, columns, &centred);
    sum[phase] += g;
    product[phase] += g * centred;
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
  access.Write(sums + channel, Join(sum));
  access.Write(products + channel, Join(product));
}

void GradientSums(const BatchNormGradRows& rows, float* sums, float* products) {
  const int64_t channels = rows.forward.channels;
  int64_t channel = 0;
  for (; channel + kLanes <= channels; channel += kLanes) GradientSumsOf(rows, Whole(), channel, sums, products);
  if (channel < channels) {
    GradientSumsOf(rows, Part{static_cast<int>(channels - channel)}, channel, sums, products);
  }
}

template <typename Access>
WINNOW_INLINE void GradientOf(const BatchNormGradRows& rows, const Access& access, int64_t channel, float* dx,
                              float* dskip) {
  const Columns columns = ColumnsOf(rows.forward, access, channel);
  const F32 mean_g = access.Read(rows.mean_g + channel), slope = access.Read(rows.slope + channel);
  const int64_t end = rows.forward.rows * rows.forward.channels;
  for (int64_t at = channel; at < end; at += rows.forward.channels) {
    F32 centred;
    const F32 g = Masked(rows, access, at, columns, &centred);
    F32 d = columns.factor * ((g - mean_g) - centred * slope);
    if (rows.added != nullptr) d += access.Read(rows.added + at);
    access.Write(dx + at, d);
    if (dskip != nullptr) access.Write(dskip + at, g);
  }
}

void Gradient(const BatchNormGradRows& rows, float* dx, float* dskip) {
  const int64_t channels = rows.forward.channels;
  int64_t channel = 0;
  for (; channel + kLanes <= channels; channel += kLanes) GradientOf(rows, Whole(), channel, dx, dskip);
  if (channel < channels) GradientOf(rows, Part{static_cast<int>(channels - channel)}, channel, dx, dskip);
}

}  // namespace

const BatchNormKernels kBatchNormKernels = {Statistics, Normalise, GradientSums, Gradient};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
