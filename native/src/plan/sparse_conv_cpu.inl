// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd.h"
#include "core/simd_loops.h"
#include "ops/conv2d/sparse_sums.h"
#include "plan/activation_simd.h"
#include "plan/sparse_conv_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

using plan::Activation;
using plan::SparseConvolution;
using plan::SparsePart;

constexpr int kParts = 16 / kLanes;
/// Groups whose sums stay in registers.
constexpr int kMostGroups = kLanes == 16 ? 16 : kLanes == 8 ? 4 : 2;

/// Residual, activation and the zeros between rows, for `part` of a group at `at` floats from the first output's first.
template <Activation kKind>
WINNOW_INLINE F32 Finished(const SparseConvolution& c, F32 sum, int64_t at, int64_t in_row) {
  if (c.residual != nullptr) sum = sum + Load<F32>(c.residual + at);
  if constexpr (kKind == Activation::kRelu) {
    sum = Relu(sum);
  } else if constexpr (kKind != Activation::kNone) {
    sum = Activated(static_cast<Activation>(c.activation), c.alpha, sum);
  }
  if (c.mask != nullptr) sum = (F32)((U32)sum & Load<U32>(c.mask + in_row));
  return sum;
}

/// The last group of a row may be less than whole.
WINNOW_INLINE void StoreGroup(const SparseConvolution& c, bool is_last, int part, int64_t at, F32 v) {
  const int64_t count = c.last - part * kLanes;
  if (!is_last || count >= kLanes) {
    Store(c.out + at, v);
  } else if (count > 0) {
    StorePart(c.out + at, v, count);
  }
}

/// kRows × kGroups groups of one output after the other.
template <Activation kKind, int kRows, int kGroups>
WINNOW_INLINE void Tile(const SparseConvolution& c, int64_t row, int64_t group, const SparsePart& p) {
  const float* const from = c.in + row * c.in_row + group * c.in_step;
  const bool is_last = c.last < 16 && group + kGroups == c.groups;
  for (int64_t output = p.first_output; output < p.end_output; ++output) {
    F32 sum[kRows * kGroups * kParts];
#pragma GCC unroll 16
    for (int i = 0; i < kRows * kGroups * kParts; ++i) sum[i] = Broadcast(c.bias[output]);
    const PlanEntry* const entry = c.entries + c.starts[output];
    const PlanEntry* const end = c.entries + c.starts[output + 1];
    if (c.in_step == 16) {
      AddWeights<kRows, kGroups>(entry, end, from, c.in_row, 16, sum);
    } else {
      AddWeights<kRows, kGroups>(entry, end, from, c.in_row, c.in_step, sum);
    }
    const int64_t to = output * c.plane + row * c.out_row + group * 16;
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
      for (int g = 0; g < kGroups; ++g) {
#pragma GCC unroll 4
        for (int part = 0; part < kParts; ++part) {
          const int64_t in_row = g * 16 + part * kLanes, at = to + r * c.out_row + in_row;
          const F32 v = Finished<kKind>(c, sum[(r * kGroups + g) * kParts + part], at, group * 16 + in_row);
          StoreGroup(c, is_last && g + 1 == kGroups, part, at, v);
        }
      }
    }
  }
}

/// One group in all: four sums, so that a multiply-add need not wait for the one before it.
template <Activation kKind>
WINNOW_INLINE void SingleGroup(const SparseConvolution& c, const SparsePart& p) {
  for (int64_t output = p.first_output; output < p.end_output; ++output) {
    F32 sum[4][kParts] = {};
    for (int part = 0; part < kParts; ++part) sum[0][part] = Broadcast(c.bias[output]);
    const PlanEntry* entry = c.entries + c.starts[output];
    const PlanEntry* const end = c.entries + c.starts[output + 1];
    for (; entry + 4 <= end; entry += 4) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) AddWeights<1, 1>(entry + i, entry + i + 1, c.in, 0, 16, sum[i]);
    }
    for (int i = 0; entry < end; ++i, ++entry) AddWeights<1, 1>(entry, entry + 1, c.in, 0, 16, sum[i]);
    for (int part = 0; part < kParts; ++part) {
      const F32 all = (sum[0][part] + sum[1][part]) + (sum[2][part] + sum[3][part]);
      const int64_t at = output * c.plane + part * kLanes;
      StoreGroup(c, true, part, at, Finished<kKind>(c, all, at, part * kLanes));
    }
  }
}

/// Rows from `row` on, kRows at a time, in tiles as wide as fit.
template <Activation kKind, int kRows>
WINNOW_INLINE void Rows(const SparseConvolution& c, int64_t row, const SparsePart& p) {
  constexpr int kMost = kMostGroups / kRows;
  int64_t group = p.first_group;
  if constexpr (kMost >= 16) {
    for (; group + 16 <= p.end_group; group += 16) Tile<kKind, kRows, 16>(c, row, group, p);
  }
  if constexpr (kMost >= 8) {
    for (; group + 8 <= p.end_group; group += 8) Tile<kKind, kRows, 8>(c, row, group, p);
  }
  if constexpr (kMost >= 4) {
    for (; group + 4 <= p.end_group; group += 4) Tile<kKind, kRows, 4>(c, row, group, p);
  }
  if constexpr (kMost >= 2) {
    for (; group + 2 <= p.end_group; group += 2) Tile<kKind, kRows, 2>(c, row, group, p);
  }
  for (; group < p.end_group; ++group) Tile<kKind, kRows, 1>(c, row, group, p);
}

/// Narrow rows are taken several at once, so that the sums fill the registers.
template <Activation kKind>
void Convolve(const SparseConvolution& c, const SparsePart& p) {
  if (c.rows == 1 && c.groups == 1) return SingleGroup<kKind>(c, p);
  const int64_t groups = p.end_group - p.first_group;
  int64_t row = p.first_row;
  if constexpr (kMostGroups >= 4) {
    if (groups <= kMostGroups / 4) {
      for (; row + 4 <= p.end_row; row += 4) Rows<kKind, 4>(c, row, p);
    }
  }
  if constexpr (kMostGroups >= 2) {
    if (groups <= kMostGroups / 2) {
      for (; row + 2 <= p.end_row; row += 2) Rows<kKind, 2>(c, row, p);
    }
  }
  for (; row < p.end_row; ++row) Rows<kKind, 1>(c, row, p);
}

void ConvolveAny(const SparseConvolution& c, const SparsePart& p) {
  switch (static_cast<Activation>(c.activation)) {
    case Activation::kNone:
      return Convolve<Activation::kNone>(c, p);
    case Activation::kRelu:
      return Convolve<Activation::kRelu>(c, p);
    default:
      // Any other: the switch is within.
      return Convolve<Activation::kMish>(c, p);
  }
}

}  // namespace

const plan::SparseConvKernels kSparseConvKernels = {ConvolveAny};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
