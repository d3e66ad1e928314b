// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd.h"
#include "core/sparse/panels.h"
#include "ops/conv2d/sparse_cpu.h"
#include "ops/conv2d/sparse_sums.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

/// Vectors of a place's sixteen images.
constexpr int kParts = 16 / kLanes;
/// Places whose sums stay in registers.
constexpr int kPlaces = kLanes == 16 ? 16 : kLanes == 8 ? 4 : 2;

/// Bit i is set where from[i] is not 0, i < count <= kLanes. -0 is 0, NaN is not.
WINNOW_INLINE uint32_t NonzeroBits(const float* from, int64_t count) {
  const U32 bits = (U32)(count == kLanes ? Load<F32>(from) : LoadPart(from, count));
  return ~Bits(Equal(bits + bits, U32{})) & ((1u << kLanes) - 1);
}

/// Calls each(cell, offset, position) for every weight of the grid that is not 0, tap by tap, of a range of outputs or,
/// transposed, of inputs.
template <typename Each>
WINNOW_INLINE void ForEachWeight(const SparseFilter& f, int64_t range_begin, int64_t range_end, const Each& each) {
  const int64_t first_input = f.is_transposed ? range_begin : 0, end_input = f.is_transposed ? range_end : f.inputs;
  const int64_t first_output = f.is_transposed ? 0 : range_begin, end_output = f.is_transposed ? f.outputs : range_end;
  const ConvAxis &rows = f.grid.rows, &columns = f.grid.columns;
  // The panel begins at the tap that lies first in the image, which is the last one where taps go backward.
  const int64_t row_base = rows.offset_step < 0 ? (rows.taps - 1) * -rows.offset_step : 0;
  const int64_t column_base = columns.offset_step < 0 ? (columns.taps - 1) * -columns.offset_step : 0;
  const int64_t group_outputs = f.outputs / f.groups;
  for (int64_t tap = 0; tap < f.grid.taps(); ++tap) {
    const int64_t row = row_base + tap / columns.taps * rows.offset_step;
    const int64_t column = column_base + tap % columns.taps * columns.offset_step;
    const int64_t in_panel = (row * f.columns + column) * 16;
    const int64_t first = f.grid.FilterPlace(tap, f.kernel_width) * f.inputs * f.outputs;
    for (int64_t input = first_input; input < end_input; ++input) {
      const float* const from = f.filter + first + input * f.outputs;
      for (int64_t begin = first_output; begin < end_output; begin += kLanes) {
        const int64_t width = end_output - begin < kLanes ? end_output - begin : kLanes;
        uint32_t bits = NonzeroBits(from + begin, width);
        for (; bits != 0; bits &= bits - 1) {
          const int64_t output = begin + __builtin_ctz(bits);
          const int64_t whole_input = output / group_outputs * f.inputs + input;
          const int64_t of = f.is_transposed ? whole_input : output, channel = f.is_transposed ? output : whole_input;
          const int64_t block = channel / f.block_channels, in_block = channel - block * f.block_channels;
          each((of * f.blocks + block) * f.parts + in_block / f.part_channels, in_block * f.plane + in_panel,
               first + input * f.outputs + output);
        }
      }
    }
  }
}

void Count(const SparseFilter& filter, int64_t begin, int64_t end, uint32_t* starts) {
  ForEachWeight(filter, begin, end, [&](int64_t cell, int64_t, int64_t) WINNOW_INLINE_LAMBDA { ++starts[1 + cell]; });
}

void Fill(const SparseFilter& filter, int64_t begin, int64_t end, bool positions, uint32_t* next, PlanEntry* entries) {
  ForEachWeight(filter, begin, end, [&](int64_t cell, int64_t offset, int64_t position) WINNOW_INLINE_LAMBDA {
    PlanEntry* const entry = entries + next[cell]++;
    entry->offset = static_cast<uint32_t>(offset);
    if (positions) {
      const uint32_t bits = static_cast<uint32_t>(position);
      memcpy(&entry->value, &bits, sizeof(bits));
    } else {
      entry->value = filter.filter[position];
    }
  });
}

void Gather(const SparseImages& source, const SparsePanel& panel) {
  const int64_t image_stride = source.height * source.width * source.channels;
  for (int64_t row = 0; row < panel.rows; ++row) {
    const int64_t in_row = panel.first_row + row;
    const bool is_row_inside = in_row >= 0 && in_row < source.height;
    for (int64_t column = 0; column < panel.columns; ++column) {
      const int64_t in_column = panel.first_column + column;
      float* const to = panel.data + (row * panel.columns + column) * 16;
      const bool is_inside = is_row_inside && in_column >= 0 && in_column < source.width;
      if (!is_inside || source.count < 16) {
        for (int64_t channel = 0; channel < panel.channels; ++channel) {
          memset(to + channel * panel.plane, 0, 16 * sizeof(float));
        }
      }
      if (!is_inside) continue;
      const int64_t pixel = (in_row * source.width + in_column) * source.channels + panel.first_channel;
      TransposeMatrix(source.images + pixel, image_stride, source.count, panel.channels, to, panel.plane);
    }
  }
}

/// kOf places of all outputs. The sums stay in registers from an output's first weight to its last.
template <int kOf>
WINNOW_INLINE void MultiplyPlaces(const SparseWeights& weights, const float* from, int64_t step, bool add,
                                  float* sums) {
  for (int64_t output = 0; output < weights.outputs; ++output, sums += kOf * 16) {
    F32 sum[kOf * kParts] = {};
    if (add) {
      for (int i = 0; i < kOf * kParts; ++i) sum[i] = Load<F32>(sums + i * kLanes);
    }
    const PlanEntry* entry = weights.entries + weights.starts[output * weights.stride];
    const PlanEntry* const end = weights.entries + weights.starts[output * weights.stride + weights.cells];
    AddWeights<1, kOf>(entry, end, from, 0, step, sum);
#pragma GCC unroll 16
    for (int i = 0; i < kOf * kParts; ++i) Store(sums + i * kLanes, sum[i]);
  }
}

/// With neighbours in the panel the distances are in the instructions.
template <int kOf>
WINNOW_INLINE int64_t MultiplyTile(const SparseWeights& weights, const float* from, int64_t step, bool add,
                                   float* sums) {
  if (step == 16) {
    MultiplyPlaces<kOf>(weights, from, 16, add, sums);
  } else {
    MultiplyPlaces<kOf>(weights, from, step, add, sums);
  }
  return kOf;
}

int64_t Multiply(const SparseWeights& weights, const float* from, int64_t step, int64_t places, bool add, float* sums) {
  if (places >= 16 && kPlaces >= 16) return MultiplyTile<16>(weights, from, step, add, sums);
  if (places >= 8 && kPlaces >= 8) return MultiplyTile<8>(weights, from, step, add, sums);
  if (places >= 4 && kPlaces >= 4) return MultiplyTile<4>(weights, from, step, add, sums);
  if (places >= 2) return MultiplyTile<2>(weights, from, step, add, sums);
  return MultiplyTile<1>(weights, from, step, add, sums);
}

void Write(const float* sums, int64_t outputs, int64_t places, int64_t count, float* to, int64_t image_stride,
           int64_t place_stride) {
  for (int64_t place = 0; place < places; ++place) {
    TransposeMatrix(sums + place * 16, places * 16, outputs, count, to + place * place_stride, image_stride);
  }
}

/// Lane i with i + 8, then i + 4, and so on: the same on every instruction set.
WINNOW_INLINE float SumOfLanes(const F32* parts) {
  float lanes[16];
  for (int part = 0; part < kParts; ++part) Store(lanes + part * kLanes, parts[part]);
  float four[4];
  for (int i = 0; i < 4; ++i) four[i] = (lanes[i] + lanes[i + 8]) + (lanes[i + 4] + lanes[i + 12]);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

#if WINNOW_LANES == 16
#define WINNOW_LOW_HALVES 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define WINNOW_HIGH_HALVES 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define WINNOW_FIRST_TWO 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29
#define WINNOW_LAST_TWO 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31
#define WINNOW_EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define WINNOW_ODD_LANES 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define WINNOW_FOLD(a, b, low, high) (WINNOW_SHUFFLE(a, b, low) + WINNOW_SHUFFLE(a, b, high))
/// The sums of the lanes of kOf vectors, in the first kOf lanes. Every step halves the lanes of two.
template <int kOf>
WINNOW_INLINE F32 SumsOfLanes(const F32 (&sum)[kOf][1]) {
  F32 eight[4], four[2];
  for (int i = 0; i < 4; ++i) {
    const F32 &a = sum[2 * i % kOf][0], &b = sum[(2 * i + 1) % kOf][0];
    eight[i] = WINNOW_FOLD(a, b, WINNOW_LOW_HALVES, WINNOW_HIGH_HALVES);
  }
  for (int i = 0; i < 2; ++i) {
    four[i] = WINNOW_FOLD(eight[2 * i], eight[2 * i + 1], WINNOW_EVEN_PARTS, WINNOW_ODD_PARTS);
  }
  const F32 two = WINNOW_FOLD(four[0], four[1], WINNOW_FIRST_TWO, WINNOW_LAST_TWO);
  return WINNOW_FOLD(two, two, WINNOW_EVEN_LANES, WINNOW_ODD_LANES);
}
#endif

/// Adds the sums of the lanes of kOf vectors to as many floats.
template <int kOf>
WINNOW_INLINE void AddSums(const F32 (&sum)[kOf][kParts], float* to) {
#if WINNOW_LANES == 16
  if constexpr (kOf > 1) {
    const F32 sums = SumsOfLanes<kOf>(sum);
    StorePart(to, LoadPart(to, kOf) + sums, kOf);
    return;
  }
#endif
  for (int i = 0; i < kOf; ++i) to[i] += SumOfLanes(sum[i]);
}

/// kOf entries of one output: a vector of gradients is loaded once for all of them.
template <int kOf>
WINNOW_INLINE void AccumulateEntries(const PlanEntry* entries, const SparsePlaces& places, const float* gradients,
                                     float* partial) {
  F32 sum[kOf][kParts] = {};
  const float* at[kOf];
  for (int i = 0; i < kOf; ++i) at[i] = places.panel + entries[i].offset;
  for (int64_t row = 0; row < places.rows; ++row) {
    int64_t place = row * places.row_step;
    const float* gradient = gradients + row * places.gradient_row;
    for (int64_t column = 0; column < places.columns; ++column, place += places.column_step, gradient += 16) {
#pragma GCC unroll 4
      for (int part = 0; part < kParts; ++part) {
        const F32 of_place = Load<F32>(gradient + part * kLanes);
#pragma GCC unroll 8
        for (int i = 0; i < kOf; ++i) {
          sum[i][part] = MultiplyAdd(of_place, Load<F32>(at[i] + place + part * kLanes), sum[i][part]);
        }
      }
    }
  }
  AddSums<kOf>(sum, partial);
}

void Accumulate(const SparseWeights& weights, const SparsePlaces& places, float* partial) {
  // Eight entries of one vector each, or four of two, leave registers for the gradients.
  constexpr int kMost = kLanes == 16 ? kSparseTogether : kLanes == 8 ? 4 : 2;
  const float* gradients = places.gradients;
  for (int64_t output = 0; output < weights.outputs; ++output, gradients += places.gradient_plane) {
    uint32_t e = weights.starts[output * weights.stride];
    const uint32_t end = weights.starts[output * weights.stride + weights.cells];
    for (; e + kMost <= end; e += kMost) AccumulateEntries<kMost>(weights.entries + e, places, gradients, partial + e);
    if (kMost > 4 && e + 4 <= end) {
      AccumulateEntries<4>(weights.entries + e, places, gradients, partial + e);
      e += 4;
    }
    for (; e + 2 <= end; e += 2) AccumulateEntries<2>(weights.entries + e, places, gradients, partial + e);
    if (e < end) AccumulateEntries<1>(weights.entries + e, places, gradients, partial + e);
  }
}

}  // namespace

const SparseKernels kSparseKernels = {Count, Fill, Gather, Multiply, Write, Accumulate};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
