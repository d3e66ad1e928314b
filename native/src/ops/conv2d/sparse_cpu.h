#ifndef WINNOW_OPS_CONV2D_SPARSE_CPU_H_
#define WINNOW_OPS_CONV2D_SPARSE_CPU_H_

#include <stdint.h>

#include "core/isa.h"
#include "core/sparse/plan_entry.h"
#include "ops/conv2d/axis.h"

namespace winnow {

/// Images that lie side by side, one in each lane: a weight is then one broadcast, and nothing is gathered.
constexpr int64_t kSparseImages = 16;
/// Sums of the filter's gradient that are in registers at once.
constexpr int kSparseTogether = 8;

/// A part of a panel's source: up to 16 images [height, width, channels] from `images` on.
struct SparseImages {
  const float* images;
  int64_t count;
  int64_t height;
  int64_t width;
  int64_t channels;
};

/// Images side by side, [channels][rows][columns][16]: rows from `first_row` and columns from `first_column` of the
/// images on, zeros where there is no pixel or no image. `plane` floats lie between the channels.
struct SparsePanel {
  float* data;
  int64_t plane;
  int64_t first_row;
  int64_t rows;
  int64_t first_column;
  int64_t columns;
  int64_t first_channel;
  int64_t channels;
};

/// The weights of some channels of a panel, `cells` parts of a block: those of output o are entries [starts[o ·
/// stride], starts[o · stride + cells]), their offsets in the panel where the first place's window begins.
struct SparseWeights {
  const PlanEntry* entries;
  const uint32_t* starts;
  int64_t stride;
  int64_t cells;
  int64_t outputs;
};

/// Places [rows][columns] that gradients are summed over. In the panel a column is column_step floats from the next and
/// a row row_step; gradients of output o are [rows][columns][16] from gradients + o · gradient_plane on, rows
/// gradient_row apart.
struct SparsePlaces {
  const float* panel;
  int64_t row_step;
  int64_t column_step;
  const float* gradients;
  int64_t gradient_plane;
  int64_t gradient_row;
  int64_t rows;
  int64_t columns;
};

/// A filter [taps][inputs][outputs] and the cells that its weights are sorted into. A weight belongs to output (or,
/// transposed, input) `of`, and to the block of channels of the other.
struct SparseFilter {
  const float* filter;
  int64_t kernel_width;
  int64_t inputs;
  int64_t outputs;
  int64_t groups;
  ConvGrid grid;
  bool is_transposed;
  int64_t blocks;
  int64_t block_channels;
  /// A block is cut into so many parts of so many channels, the last of which may have fewer or none.
  int64_t parts;
  int64_t part_channels;
  int64_t plane;
  int64_t columns;
};

/// The kernel bodies; every instruction set has this table.
struct SparseKernels {
  /// Adds to starts[1 + cell] the weights of each cell that are not 0; cell = (of · blocks + block) · parts + part.
  /// Reads a range of the filter's outputs or, transposed, of a group's inputs: ranges have no cell in common.
  void (*count)(const SparseFilter& filter, int64_t begin, int64_t end, uint32_t* starts);
  /// Writes the entries, each at next[cell]++: the weight, or where `positions` its place in the filter as bits.
  void (*fill)(const SparseFilter& filter, int64_t begin, int64_t end, bool positions, uint32_t* next,
               PlanEntry* entries);
  /// Fills a panel.
  void (*gather)(const SparseImages& source, const SparsePanel& panel);
  /// sums[output][place][16] (+)= the weights' products at up to `places` places that follow each other by `step`
  /// floats in the panel, from `from` on. Gives how many places were computed: those of a register tile.
  int64_t (*multiply)(const SparseWeights& weights, const float* from, int64_t step, int64_t places, bool add,
                      float* sums);
  /// Writes sums[output][places][16] to `count` images: place p of image n at to + n · image_stride + p · place_stride.
  void (*write)(const float* sums, int64_t outputs, int64_t places, int64_t count, float* to, int64_t image_stride,
                int64_t place_stride);
  /// partial[e] += Σ panel · gradients over the places and images, for every entry.
  void (*accumulate)(const SparseWeights& weights, const SparsePlaces& places, float* partial);
};

WINNOW_DECLARE_VARIANTS(SparseKernels, kSparseKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_SPARSE_CPU_H_
