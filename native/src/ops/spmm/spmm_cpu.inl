// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
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

void Multiply(const SpmmBlock& block, float* sums) {
  // Eight accumulators leave registers for the weight and the panel where there are sixteen in all.
  constexpr int kMost = kPanelTokens / kLanes < 8 ? kPanelTokens / kLanes : 8;
  const int width = PanelWidth(block.tokens);
  int token = 0;
  for (; token + kMost * kLanes <= width; token += kMost * kLanes) {
    MultiplyStrip<kMost>(block, token, sums);
  }
  for (; token < width; token += 16) MultiplyStrip<16 / kLanes>(block, token, sums);
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

const SpmmKernels kSpmmKernels = {Pack, Multiply, Write};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
