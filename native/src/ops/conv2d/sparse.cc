// Convolution with a sparse filter: sixteen images side by side, one in each lane, so that a weight that is not zero is
// one broadcast and one multiply-add for each vector of images, whatever its place in the filter. The images are turned
// so a few rows at a time, in the level-2 cache. The filter's gradient is computed for the weights that are kept alone.
#include <algorithm>
#include <cstring>

#include "core/float_environment.h"
#include "core/workers.h"
#include "ops/conv2d/conv2d_cpu.h"
#include "ops/conv2d/grids.h"
#include "ops/conv2d/sparse_cpu.h"

namespace winnow {
namespace {

constexpr IsaVariants<SparseKernels> kVariants = WINNOW_VARIANTS(kSparseKernels);

/// Floats of a panel that stay in a level-2 cache beside the weights: of what the places of a row meet, and of the rows
/// that a filter's gradient is summed over at a time.
constexpr int64_t kWindowFloats = 144 << 10, kChunkFloats = 96 << 10;
/// Floats of a whole panel where a chunk has fewer rows than so many times those that two of them share: most of a
/// chunk would be turned again for the next one. A panel is filled a row of places at a time; what lies above stays
/// behind in larger caches.
constexpr int64_t kPanelFloats = 512 << 10, kLeastRows = 4;
/// Floats of a panel that stay in a level-1 cache: what the places of a tile meet of some channels.
constexpr int64_t kPartFloats = 6 << 10;
/// Places of a tile: in a row, and, where a filter's gradient is summed over them, in all.
constexpr int64_t kTileColumns = 8, kSumColumns = 16, kSumPlaces = 32;
/// Weights of an output and a part from which on it pays to go part by part. Sums wait in memory meanwhile.
constexpr int64_t kLeastInPart = 4, kLeastInSumPart = 3;
/// A larger one, of one channel and row, is refused, and so is a larger filter: offsets and positions are 32 bits.
constexpr int64_t kMostPanelFloats = int64_t{4} << 20, kMostWeights = int64_t{1} << 30;
/// Pieces of work there are at least, where the images have so many rows.
constexpr int64_t kLeastPieces = 8;
/// The filter's gradient is summed over so many groups of images apart, so that the sum does not depend on the threads;
/// fewer where the sums would be large.
constexpr int64_t kSumGroups = 8, kMostSums = int64_t{8} << 20;

/// How far apart a place's taps lie.
int64_t SpanOf(const ConvAxis& axis) { return axis.taps == 0 ? 0 : (axis.taps - 1) * std::abs(axis.offset_step); }
/// Where the first of them lies, from the place on.
int64_t LowOf(const ConvAxis& axis) {
  return axis.taps == 0 ? 0 : axis.offset + std::min<int64_t>(0, (axis.taps - 1) * axis.offset_step);
}
/// Rows or columns of a panel for so many places.
int64_t PanelSize(const ConvAxis& axis, int64_t places) { return (places - 1) * axis.in_step + SpanOf(axis) + 1; }
/// An odd number of vectors, so that channels do not meet in the same sets of a cache.
int64_t PlaneOf(int64_t rows, int64_t columns) { return (rows * columns | 1) * kSparseImages; }

/// How one grid of a pass is cut. The gradient of x is a convolution of dy, so its inputs are y's channels.
struct Cut {
  Cut(const Conv2dDescriptor& d, const Conv2dSizes& sizes, Conv2dPass pass, const ConvGrid& from) : grid(from) {
    const bool is_backward = pass == Conv2dPass::kInputGrad;
    inputs = is_backward ? d.out_channels : d.in_channels;
    outputs = is_backward ? d.in_channels : d.out_channels;
    out_height = is_backward ? d.in_height : sizes.out_height;
    out_width = is_backward ? d.in_width : sizes.out_width;
    image_blocks = (d.batch + kSparseImages - 1) / kSparseImages;
    if (is_empty()) return;
    panel_columns = PanelSize(grid.columns, grid.columns.places);
    const int64_t most = std::clamp<int64_t>(grid.rows.places * image_blocks / kLeastPieces, 1, grid.rows.places);
    const bool is_sum = pass == Conv2dPass::kFilterGrad;
    block_channels = std::clamp<int64_t>(kWindowFloats / PlaneOf(PanelSize(grid.rows, 1), panel_columns), 1, inputs);
    blocks = (inputs + block_channels - 1) / block_channels;
    chunk_rows = blocks == 1 ? RowsWithin(kChunkFloats, most, is_sum) : 1;
    const bool is_low = blocks == 1 && chunk_rows < kLeastRows * SpanOf(grid.rows);
    rows = is_low ? RowsWithin(kPanelFloats, most, is_sum) : chunk_rows;
    row_tiles = (grid.rows.places + rows - 1) / rows;
    plane = PlaneOf(PanelSize(grid.rows, rows), panel_columns);
    gradient_plane = PlaneOf(rows, grid.columns.places);
    tile_places = std::min<int64_t>(16, grid.columns.places);
    tile_columns = std::min(is_sum ? kSumColumns : kTileColumns, grid.columns.places);
    tile_rows = is_sum ? std::min(rows, std::max<int64_t>(1, kSumPlaces / tile_columns)) : 1;
    const int64_t met = PanelSize(grid.rows, tile_rows) * PanelSize(grid.columns, tile_columns) * kSparseImages;
    parts = (block_channels * met + kPartFloats - 1) / kPartFloats;
    parts = std::clamp<int64_t>(parts, 1, block_channels);
    part_channels = (block_channels + parts - 1) / parts;
    least_in_part = is_sum ? kLeastInSumPart : kLeastInPart;
  }

  bool is_empty() const { return grid.places() == 0 || image_blocks == 0; }
  int64_t pieces() const { return is_empty() ? 0 : image_blocks * row_tiles; }
  int64_t cells() const { return outputs * blocks * parts; }
  int64_t PanelFloats() const { return block_channels * plane; }
  /// The sums of a tile, or of a whole row where they wait for the next block of channels.
  int64_t SumFloats() const { return outputs * kSparseImages * (blocks == 1 ? tile_places : grid.columns.places); }

  ConvGrid grid;
  int64_t inputs, outputs, out_height, out_width, image_blocks;
  /// Rows of places in a piece of work, and of those that a filter's gradient is summed over at a time; several blocks
  /// of channels have one.
  int64_t rows = 0, row_tiles = 0, chunk_rows = 1;
  int64_t panel_columns = 1, plane = kSparseImages, gradient_plane = 0, tile_places = 0;
  int64_t block_channels = 1, blocks = 1;
  /// A block may be worked off a part of its channels at a time, and a tile of places.
  int64_t parts = 1, part_channels = 1, tile_rows = 1, tile_columns = 1, least_in_part = 0;

 private:
  /// The most rows of places, up to `most`, whose images, and gradients, take no more floats; at least 1.
  int64_t RowsWithin(int64_t floats, int64_t most, bool is_sum) const {
    int64_t some = 1;
    while (some < most && inputs * PlaneOf(PanelSize(grid.rows, some + 1), panel_columns) <= floats &&
           (!is_sum || outputs * PlaneOf(some + 1, grid.columns.places) <= floats)) {
      ++some;
    }
    return some;
  }
};

int64_t SumGroups(const Conv2dSizes& sizes) {
  return std::clamp<int64_t>(kMostSums / std::max<int64_t>(1, sizes.filter), 1, kSumGroups);
}

/// Whether the numbers of one pass are in their ranges. No product before the check can overflow.
bool IsSmall(const Conv2dDescriptor& d, const Conv2dSizes& sizes, bool is_backward) {
  const ConvGrids grids(d, sizes, is_backward);
  for (int64_t index = 0; index < grids.count(); ++index) {
    const ConvGrid grid = grids.Grid(index);
    const auto is_in_range = [](const ConvAxis& axis) {
      return axis.places < kMostPanelFloats && axis.in_step < kMostPanelFloats && SpanOf(axis) < kMostPanelFloats;
    };
    if (!is_in_range(grid.rows) || !is_in_range(grid.columns)) return false;
    const int64_t columns = std::max<int64_t>(1, PanelSize(grid.columns, grid.columns.places));
    if (columns > kMostPanelFloats / kSparseImages / (SpanOf(grid.rows) + 2)) return false;
  }
  return true;
}

bool Fits(const Conv2dDescriptor& d) {
  Conv2dSizes sizes;
  if (!CheckConv2d(d, &sizes).ok() || sizes.filter > kMostWeights) return false;
  // A grid for every remainder of the stride.
  if (d.stride_height > 64 || d.stride_width > 64) return false;
  return IsSmall(d, sizes, false) && IsSmall(d, sizes, true);
}

/// Calls each(cut, starts) for the grids of a pass; starts are numbers of the prepared filter's first part.
template <typename Each>
void ForEachGrid(const Conv2dProblem& problem, const Each& each) {
  const ConvGrids grids(problem.descriptor, problem.sizes, problem.pass == Conv2dPass::kInputGrad);
  int64_t starts = 0;
  for (int64_t index = 0; index < grids.count(); ++index) {
    const Cut cut(problem.descriptor, problem.sizes, problem.pass, grids.Grid(index));
    each(cut, starts);
    starts += cut.cells() + 1;
  }
}

/// Where the entries begin in a prepared filter.
int64_t StartsOf(const Conv2dProblem& problem) {
  int64_t starts = 0;
  ForEachGrid(problem, [&](const Cut& cut, int64_t first) { starts = first + cut.cells() + 1; });
  return WholeLines(starts);
}

Conv2dMemory Memory(const Conv2dProblem& problem) {
  static_assert(sizeof(PlanEntry) == 2 * sizeof(float));
  Conv2dMemory memory = {StartsOf(problem) + 2 * problem.sizes.filter, 0, 0, 0};
  int64_t preparing = 0;
  ForEachGrid(problem, [&](const Cut& cut, int64_t) {
    preparing = std::max(preparing, cut.cells());
    const int64_t second = problem.pass == Conv2dPass::kFilterGrad ? cut.outputs * cut.gradient_plane : cut.SumFloats();
    memory.worker = std::max(memory.worker, WholeLines(cut.PanelFloats()) + second);
  });
  memory.preparing = preparing;
  if (problem.pass == Conv2dPass::kFilterGrad) memory.shared = SumGroups(problem.sizes) * problem.sizes.filter;
  return memory;
}

/// Cells of a range of outputs, or inputs, that a thread sorts weights into: whole lines of a filter's floats.
constexpr int64_t kSortedTogether = 32;
/// Cycles of a weight that is looked at.
constexpr int64_t kCyclesPerWeight = 1;

void Prepare(const Conv2dProblem& problem, const float* filter, ParallelFor& parallel_for, float* scratch,
             float* prepared) {
  const Conv2dDescriptor& d = problem.descriptor;
  const SparseKernels& kernels = VariantOf(kVariants, problem.isa);
  const bool is_backward = problem.pass == Conv2dPass::kInputGrad;
  auto* const starts = reinterpret_cast<uint32_t*>(prepared);
  auto* const next = reinterpret_cast<uint32_t*>(scratch);
  auto* const entries = reinterpret_cast<PlanEntry*>(prepared + StartsOf(problem));
  uint32_t used = 0;
  ForEachGrid(problem, [&](const Cut& cut, int64_t first) {
    const SparseFilter sparse = {
        filter,           d.kernel_width, d.in_channels / d.groups, d.out_channels, d.groups,          cut.grid,
        is_backward,      cut.blocks,     cut.block_channels,       cut.parts,      cut.part_channels, cut.plane,
        cut.panel_columns};
    uint32_t* const own = starts + first;
    std::fill_n(own, cut.cells() + 1, 0u);
    own[0] = used;
    const int64_t lines = is_backward ? sparse.inputs : sparse.outputs;
    const auto for_ranges = [&](const auto& each) {
      if (cut.is_empty()) return;
      const int64_t ranges = (lines + kSortedTogether - 1) / kSortedTogether;
      parallel_for.Run(ranges, problem.sizes.filter / ranges * kCyclesPerWeight, [&](int64_t begin, int64_t end) {
        each(begin * kSortedTogether, std::min(lines, end * kSortedTogether));
      });
    };
    for_ranges([&](int64_t begin, int64_t end) { kernels.count(sparse, begin, end, own); });
    for (int64_t cell = 0; cell < cut.cells(); ++cell) {
      next[cell] = own[cell];
      own[cell + 1] += own[cell];
    }
    for_ranges([&](int64_t begin, int64_t end) {
      kernels.fill(sparse, begin, end, problem.pass == Conv2dPass::kFilterGrad, next, entries);
    });
    used = own[cut.cells()];
  });
}

/// One grid of a pass, with the weights of a prepared filter.
class GridProducts {
 public:
  GridProducts(const Conv2dProblem& problem, const Cut& cut, const Conv2dArrays& arrays, const uint32_t* starts,
               const PlanEntry* entries)
      : d_(problem.descriptor),
        cut_(cut),
        arrays_(arrays),
        starts_(starts),
        entries_(entries),
        kernels_(VariantOf(kVariants, problem.isa)),
        by_parts_(cut.parts > 1 && starts[cut.cells()] - starts[0] >= cut.cells() * cut.least_in_part),
        in_height_(cut.grid.rows.in_size),
        in_width_(cut.grid.columns.in_size) {}

  /// Products of a vector, of a piece of work.
  int64_t Cost() const {
    const int64_t places = cut_.rows * cut_.grid.columns.places;
    const int64_t weights = starts_[cut_.cells()] - starts_[0];
    return places * (weights + 8 * (cut_.inputs + cut_.outputs));
  }

  void Multiply(int64_t piece, float* memory) const {
    const ConvAxis &rows = cut_.grid.rows, &columns = cut_.grid.columns;
    float* const sums = memory + WholeLines(cut_.PanelFloats());
    const int64_t first = FirstRow(piece), count = std::min(cut_.rows, rows.places - first);
    const int64_t step = columns.in_step * kSparseImages;
    for (int64_t block = 0; block < cut_.blocks; ++block) {
      for (int64_t row = 0; row < count; ++row) {
        GatherRows(piece, first, row == 0 ? 0 : PanelSize(rows, row), PanelSize(rows, row + 1), block, memory);
        const float* from = memory + row * rows.in_step * cut_.panel_columns * kSparseImages;
        float* to = sums;
        for (int64_t column = 0; column < columns.places;) {
          const int64_t done = MultiplyTile(block, from, step, columns.places - column, to);
          if (block + 1 == cut_.blocks) WriteTile(piece, first + row, column, done, to);
          if (cut_.blocks > 1) to += cut_.outputs * done * kSparseImages;
          from += done * step;
          column += done;
        }
      }
    }
  }

  void Accumulate(int64_t piece, float* memory, float* partial) const {
    const ConvAxis &rows = cut_.grid.rows, &columns = cut_.grid.columns;
    float* const gradients = memory + WholeLines(cut_.PanelFloats());
    const int64_t first = FirstRow(piece), count = std::min(cut_.rows, rows.places - first);
    const SparseImages dy = {arrays_.gradients + Image(piece) * rows.places * columns.places * cut_.outputs,
                             Images(piece), rows.places, columns.places, cut_.outputs};
    const int64_t together = by_parts_ ? cut_.tile_rows : cut_.chunk_rows;
    for (int64_t row = 0; row < count; row += together) {
      const int64_t some = std::min(together, count - row);
      kernels_.gather(dy, {gradients + row * columns.places * kSparseImages, cut_.gradient_plane, first + row, some, 0,
                           columns.places, 0, cut_.outputs});
      for (int64_t block = 0; block < cut_.blocks; ++block) {
        GatherRows(piece, first, row == 0 ? 0 : PanelSize(rows, row), PanelSize(rows, row + some), block, memory);
        AccumulateRows(block, row, some, memory, gradients, partial);
      }
    }
  }

 private:
  int64_t FirstRow(int64_t piece) const { return piece % cut_.row_tiles * cut_.rows; }
  int64_t Image(int64_t piece) const { return piece / cut_.row_tiles * kSparseImages; }
  int64_t Images(int64_t piece) const { return std::min(kSparseImages, d_.batch - Image(piece)); }

  /// Of a part of a block, or of all of them.
  SparseWeights Weights(int64_t block, int64_t part, int64_t parts) const {
    return {entries_, starts_ + block * cut_.parts + part, cut_.blocks * cut_.parts, parts, cut_.outputs};
  }

  int64_t MultiplyTile(int64_t block, const float* from, int64_t step, int64_t places, float* to) const {
    if (!by_parts_) {
      return kernels_.multiply(Weights(block, 0, cut_.parts), from, step, places, block > 0, to);
    }
    int64_t done = 0;
    for (int64_t part = 0; part < cut_.parts; ++part) {
      const bool is_first = block == 0 && part == 0;
      done = kernels_.multiply(Weights(block, part, 1), from, step, std::min(places, kTileColumns), !is_first, to);
    }
    return done;
  }

  void AccumulateRows(int64_t block, int64_t row, int64_t rows, const float* panel, const float* gradients,
                      float* partial) const {
    const int64_t columns = cut_.grid.columns.places;
    const int64_t row_step = cut_.grid.rows.in_step * cut_.panel_columns * kSparseImages;
    const int64_t column_step = cut_.grid.columns.in_step * kSparseImages;
    const int64_t tile_columns = by_parts_ ? cut_.tile_columns : columns, cells = by_parts_ ? 1 : cut_.parts;
    for (int64_t column = 0; column < columns; column += tile_columns) {
      const SparsePlaces places = {panel + row * row_step + column * column_step,
                                   row_step,
                                   column_step,
                                   gradients + (row * columns + column) * kSparseImages,
                                   cut_.gradient_plane,
                                   columns * kSparseImages,
                                   rows,
                                   std::min(tile_columns, columns - column)};
      for (int64_t part = 0; part < cut_.parts; part += cells) {
        kernels_.accumulate(Weights(block, part, cells), places, partial);
      }
    }
  }

  /// The panel's rows [begin, end) of a block of channels, `first` being the row of places that the panel begins with.
  void GatherRows(int64_t piece, int64_t first, int64_t begin, int64_t end, int64_t block, float* panel) const {
    const ConvAxis &rows = cut_.grid.rows, &columns = cut_.grid.columns;
    if (cut_.grid.taps() == 0) return;
    const int64_t channel = block * cut_.block_channels;
    const SparseImages images = {arrays_.images + Image(piece) * in_height_ * in_width_ * cut_.inputs, Images(piece),
                                 in_height_, in_width_, cut_.inputs};
    kernels_.gather(images, {panel + begin * cut_.panel_columns * kSparseImages, cut_.plane,
                             first * rows.in_step + LowOf(rows) + begin, end - begin, LowOf(columns),
                             cut_.panel_columns, channel, std::min(cut_.block_channels, cut_.inputs - channel)});
  }

  void WriteTile(int64_t piece, int64_t row, int64_t column, int64_t places, const float* sums) const {
    const ConvAxis& columns = cut_.grid.columns;
    const int64_t image = cut_.out_height * cut_.out_width * cut_.outputs;
    const int64_t pixel = cut_.grid.OutPixel(row * columns.places + column, cut_.out_width);
    kernels_.write(sums, cut_.outputs, places, Images(piece), arrays_.out + Image(piece) * image + pixel * cut_.outputs,
                   image, columns.out_step * cut_.outputs);
  }

  const Conv2dDescriptor& d_;
  const Cut& cut_;
  const Conv2dArrays& arrays_;
  const uint32_t* starts_;
  const PlanEntry* entries_;
  const SparseKernels& kernels_;
  bool by_parts_;
  int64_t in_height_, in_width_;
};

/// The gradients of the kept weights; those of all others are 0.
void SumFilter(const Conv2dProblem& problem, const Cut& cut, const GridProducts& products, const Conv2dArrays& arrays,
               const uint32_t* starts, const PlanEntry* entries, int64_t worker_floats, int64_t workers,
               ParallelFor& parallel_for) {
  const int64_t groups = SumGroups(problem.sizes), pieces = cut.pieces(), kept = starts[cut.cells()];
  const int64_t cost = pieces / groups * products.Cost();
  ShareAmongWorkers(parallel_for, workers, groups, cost, [&](int64_t worker, int64_t group) {
    float* const partial = arrays.shared + group * problem.sizes.filter;
    std::fill_n(partial, kept, 0.0f);
    for (int64_t piece = pieces * group / groups; piece < pieces * (group + 1) / groups; ++piece) {
      products.Accumulate(piece, arrays.workers + worker * worker_floats, partial);
    }
  });
  std::fill_n(arrays.out, problem.sizes.filter, 0.0f);
  parallel_for.Run(kept, 2 * groups, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    for (int64_t e = begin; e < end; ++e) {
      float sum = arrays.shared[e];
      for (int64_t group = 1; group < groups; ++group) sum += arrays.shared[group * problem.sizes.filter + e];
      uint32_t position;
      std::memcpy(&position, &entries[e].value, sizeof(position));
      arrays.out[position] = sum;
    }
  });
}

void Run(const Conv2dProblem& problem, const Conv2dArrays& arrays, int64_t workers, ParallelFor& parallel_for) {
  const int64_t worker_floats = WholeLines(Memory(problem).worker);
  const auto* const starts = reinterpret_cast<const uint32_t*>(arrays.weights);
  const auto* const entries = reinterpret_cast<const PlanEntry*>(arrays.weights + StartsOf(problem));
  ForEachGrid(problem, [&](const Cut& cut, int64_t first) {
    const GridProducts products(problem, cut, arrays, starts + first, entries);
    if (problem.pass == Conv2dPass::kFilterGrad) {
      SumFilter(problem, cut, products, arrays, starts + first, entries, worker_floats, workers, parallel_for);
      return;
    }
    ShareAmongWorkers(parallel_for, workers, cut.pieces(), products.Cost(), [&](int64_t worker, int64_t piece) {
      products.Multiply(piece, arrays.workers + worker * worker_floats);
    });
  });
}

}  // namespace

const Conv2dMethod kSparseMethod = {Fits, Memory, Prepare, Run};

}  // namespace winnow
