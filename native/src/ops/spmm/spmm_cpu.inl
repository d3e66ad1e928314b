// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd_math.h"
#include "core/sparse/panels.h"
#include "core/sparse/plan_entry.h"
#include "ops/spmm/spmm_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

/// NaN and -0 pass.
WINNOW_INLINE F32 Relu(F32 value) { return (F32)((U32)value & ~(U32)(value < Broadcast(0.0f))); }

/// kVectors · kLanes tokens of all units: a weight is one broadcast and kVectors multiply-adds on contiguous tokens.
/// The accumulators stay in registers from a unit's first weight to its last.
template <int kVectors>
void MultiplyStrip(const SpmmBlock& block, int token, float* sums) {
  const float* panel = block.panel + token;
  sums += token;
  float* to = block.direct == nullptr ? sums : block.direct + token;
  const int64_t to_stride = block.direct == nullptr ? kPanelTokens : block.direct_stride;
  for (int64_t unit = 0; unit < block.units; ++unit, sums += kPanelTokens, to += to_stride) {
    const int32_t begin = block.starts[unit], end = block.starts[unit + 1];
    F32 sum[kVectors];
    if (block.first) {
      const F32 start = Broadcast(block.bias == nullptr ? 0.0f : block.bias[unit]);
      for (int v = 0; v < kVectors; ++v) sum[v] = start;
    } else {
      for (int v = 0; v < kVectors; ++v) sum[v] = Load<F32>(sums + v * kLanes);
    }
    for (int32_t i = begin; i < end; ++i) {
      const float* channel = panel + block.entries[i].offset;
      const F32 weight = Broadcast(block.entries[i].value);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[v] = MultiplyAdd(weight, Load<F32>(channel + v * kLanes), sum[v]);
    }
    if (block.relu) {
      for (int v = 0; v < kVectors; ++v) sum[v] = Relu(sum[v]);
    }
    for (int v = 0; v < kVectors; ++v) Store(to + v * kLanes, sum[v]);
  }
}

/// kVectors · kLanes tokens of a group of units that store the same channels: the panel's vectors are loaded once for
/// all of them.
template <int kUnits, int kVectors>
WINNOW_INLINE void MultiplyGroup(const SpmmBlock& block, const float* panel, int64_t group, int64_t unit, float* sums,
                                 float* to, int64_t to_stride) {
  F32 sum[kUnits][kVectors];
#pragma GCC unroll 4
  for (int u = 0; u < kUnits; ++u) {
    const F32 start = Broadcast(block.bias == nullptr ? 0.0f : block.bias[unit + u]);
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      sum[u][v] = block.first ? start : Load<F32>(sums + u * kPanelTokens + v * kLanes);
    }
  }
  const uint32_t* const end = block.words + block.starts[group + 1];
  for (const uint32_t* word = block.words + block.starts[group]; word < end; word += 1 + kUnits) {
    const float* channel = panel + word[0];
    F32 input[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) input[v] = Load<F32>(channel + v * kLanes);
#pragma GCC unroll 4
    for (int u = 0; u < kUnits; ++u) {
      float value;
      memcpy(&value, word + 1 + u, sizeof(value));
      const F32 weight = Broadcast(value);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[u][v] = MultiplyAdd(weight, input[v], sum[u][v]);
    }
  }
#pragma GCC unroll 4
  for (int u = 0; u < kUnits; ++u) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      Store(to + u * to_stride + v * kLanes, block.relu ? Relu(sum[u][v]) : sum[u][v]);
    }
  }
}

template <int kVectors>
void MultiplyGroups(const SpmmBlock& block, int token, float* sums) {
  const float* panel = block.panel + token;
  sums += token;
  float* to = block.direct == nullptr ? sums : block.direct + token;
  const int64_t to_stride = block.direct == nullptr ? kPanelTokens : block.direct_stride;
  for (int64_t unit = 0, group = 0; unit < block.units; ++group) {
    const int width = block.widths[group];
    switch (width) {
      case 1:
        MultiplyGroup<1, kVectors>(block, panel, group, unit, sums, to, to_stride);
        break;
      case 2:
        MultiplyGroup<2, kVectors>(block, panel, group, unit, sums, to, to_stride);
        break;
      case 3:
        MultiplyGroup<3, kVectors>(block, panel, group, unit, sums, to, to_stride);
        break;
      default:
        MultiplyGroup<4, kVectors>(block, panel, group, unit, sums, to, to_stride);
    }
    unit += width;
    sums += width * kPanelTokens;
    to += width * to_stride;
  }
}

void Multiply(const SpmmBlock& block, float* sums) {
  if (block.widths != nullptr) {
    // Four units by four vectors are sixteen accumulators of 32; with 16 registers in all two vectors fit.
    constexpr int kVectors = kLanes == 16 ? 4 : 2;
    const int width = PanelWidth(block.tokens);
    int token = 0;
    for (; token + kVectors * kLanes <= width; token += kVectors * kLanes) MultiplyGroups<kVectors>(block, token, sums);
    for (; token < width; token += kLanes) MultiplyGroups<1>(block, token, sums);
    return;
  }
  // Eight accumulators leave registers for the weight and the panel where there are sixteen in all.
  constexpr int kMost = kPanelTokens / kLanes < 8 ? kPanelTokens / kLanes : 8;
  const int width = PanelWidth(block.tokens);
  int token = 0;
  for (; token + kMost * kLanes <= width; token += kMost * kLanes) {
    MultiplyStrip<kMost>(block, token, sums);
  }
  for (; token < width; token += 16) MultiplyStrip<16 / kLanes>(block, token, sums);
}

/// x · Φ(x) = x/2 · (1 + erf(x / √2)).
void Gelu(float* sums, int64_t units, int64_t tokens) {
  const int width = PanelWidth(tokens);
  for (int64_t unit = 0; unit < units; ++unit, sums += kPanelTokens) {
    for (int token = 0; token < width; token += kLanes) {
      const F32 x = Load<F32>(sums + token);
      const F32 half = x * Broadcast(0.5f);
      Store(sums + token, MultiplyAdd(half, Erf(x * Broadcast(0.70710678f)), half));
    }
  }
}

void Pack(const PanelSource& source, float* panel) { PackPanel(source, panel); }

void Write(const float* sums, int64_t units, int64_t tokens, const SpmmTarget& target) {
  if (target.tokens_outer) {
    TransposeMatrix(sums, kPanelTokens, units, tokens, target.data, target.stride);
    return;
  }
  for (int64_t unit = 0; unit < units; ++unit) {
    memcpy(target.data + unit * target.stride, sums + unit * kPanelTokens, tokens * sizeof(float));
  }
}

}  // namespace

const SpmmKernels kSpmmKernels = {Pack, Multiply, Gelu, Write};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
