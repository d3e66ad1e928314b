// Convolution as a product of matrices: patches of the images, gathered a few rows at a time, times the filter.
#include <algorithm>

#include "core/gemm/gemm.h"
#include "core/workers.h"
#include "ops/conv2d/conv2d_cpu.h"
#include "ops/conv2d/grids.h"
#include "ops/conv2d/patches_cpu.h"

namespace winnow {
namespace {

constexpr IsaVariants<PatchKernels> kVariants = WINNOW_VARIANTS(kPatchKernels);

/// Rows and columns of the patches that are gathered at once: with a panel of the filter they stay in a level-2 cache.
/// Rows are whole tiles of the product's.
constexpr int64_t kRows = 48, kInner = 384;
/// The same for the filter's gradient, whose sums [kGradColumns, outputs] stay there, too.
constexpr int64_t kGradRows = 96, kGradColumns = 256;
/// So many blocks of rows are summed up apart, for the sake of rounding.
constexpr int64_t kGradBlocks = 32;
/// Pieces of work that the filter's gradient is cut into where it is small, and most pieces that a sum is cut into.
constexpr int64_t kGradPieces = 16, kMostSplits = 8;

/// One group of the pass. The gradient of x is a convolution of dy, so its inputs are y's channels.
struct Passage {
  explicit Passage(const Conv2dProblem& problem)
      : d(problem.descriptor), grids(d, problem.sizes, problem.pass == Conv2dPass::kInputGrad) {
    const bool is_backward = problem.pass == Conv2dPass::kInputGrad;
    in_channels = is_backward ? d.out_channels : d.in_channels;
    out_channels = is_backward ? d.in_channels : d.out_channels;
    out_width = is_backward ? d.in_width : problem.sizes.out_width;
    out_pixels = is_backward ? d.in_height * d.in_width : problem.sizes.out_height * problem.sizes.out_width;
    inputs = in_channels / d.groups;
    outputs = out_channels / d.groups;
    padded = PaddedColumns(outputs);
  }

  int64_t InnerOf(const ConvGrid& grid) const { return grid.taps() * inputs; }
  int64_t PackedOf(const ConvGrid& grid) const { return InnerOf(grid) * padded; }

  const Conv2dDescriptor& d;
  ConvGrids grids;
  int64_t in_channels, out_channels, out_width, out_pixels;
  /// Of one group.
  int64_t inputs, outputs;
  int64_t padded;
};

/// How the filter's gradient is cut: columns of the patches into blocks, and its sums over their rows into splits.
struct GradCut {
  explicit GradCut(const Passage& pass) : inner(pass.d.kernel_height * pass.d.kernel_width * pass.inputs) {
    rows = pass.d.batch * pass.out_pixels;
    columns = std::min(kGradColumns, inner);
    blocks = (inner + columns - 1) / columns;
    const int64_t pieces = pass.d.groups * blocks, most = std::max<int64_t>(1, rows / (2 * kGradRows));
    splits = std::min(std::clamp<int64_t>(kGradPieces / pieces, 1, kMostSplits), most);
  }

  int64_t inner, rows, columns, blocks, splits;
};

Conv2dMemory Memory(const Conv2dProblem& problem) {
  const Passage pass(problem);
  const int64_t taps = pass.d.kernel_height * pass.d.kernel_width;
  if (problem.pass != Conv2dPass::kFilterGrad) {
    return {pass.d.groups * taps * pass.inputs * pass.padded, 0, 0,
            WholeLines(kRows * std::min(kInner, taps * pass.inputs)) + kRows * pass.padded};
  }
  const GradCut cut(pass);
  return {0, 0, pass.d.groups * cut.blocks * cut.splits * cut.columns * pass.padded,
          WholeLines(kGradRows * cut.columns) + (kGradRows + cut.columns) * pass.padded};
}

/// The filter of every grid and group, packed: [grid][group][packed].
void Prepare(const Conv2dProblem& problem, const float* filter, ParallelFor& /*parallel_for*/, float* /*scratch*/,
             float* prepared) {
  const Passage pass(problem);
  const Conv2dDescriptor& d = pass.d;
  const int64_t place = d.in_channels / d.groups * d.out_channels;
  const bool is_backward = problem.pass == Conv2dPass::kInputGrad;
  const int64_t group_step = is_backward ? pass.inputs : pass.outputs;
  for (int64_t index = 0; index < pass.grids.count(); ++index) {
    const ConvGrid grid = pass.grids.Grid(index);
    for (int64_t group = 0; group < d.groups; ++group, prepared += pass.PackedOf(grid)) {
      for (int64_t tap = 0; tap < grid.taps(); ++tap) {
        const float* const from = filter + grid.FilterPlace(tap, d.kernel_width) * place + group * group_step;
        const RightFactor right =
            is_backward ? RightFactor{from, 1, d.out_channels} : RightFactor{from, d.out_channels, 1};
        PackRight(right, tap * pass.inputs, (tap + 1) * pass.inputs, pass.InnerOf(grid), pass.outputs, prepared);
      }
    }
  }
}

/// Whether the matrix of patches is the images as they lie.
bool IsPlain(const ConvGrid& grid) {
  const auto is_plain = [](const ConvAxis& axis) {
    return axis.taps == 1 && axis.in_step == 1 && axis.offset == 0 && axis.places == axis.in_size;
  };
  return is_plain(grid.rows) && is_plain(grid.columns);
}

/// The places of one grid, all groups.
class GridSums {
 public:
  GridSums(const Conv2dProblem& problem, const Passage& pass, const ConvGrid& grid, const Conv2dArrays& arrays,
           const float* packed, const GemmKernels& gemm)
      : pass_(pass),
        grid_(grid),
        arrays_(arrays),
        packed_(packed),
        gemm_(gemm),
        patches_(VariantOf(kVariants, problem.isa)),
        inner_(pass.InnerOf(grid)),
        rows_(pass.d.batch * grid.places()),
        is_plain_(IsPlain(grid)),
        // Whole vectors that follow each other can be written where they belong.
        is_in_place_(grid.rows.out_step == 1 && grid.columns.out_step == 1 && pass.outputs == pass.padded) {}

  void Run(int64_t worker_floats, int64_t workers, ParallelFor& parallel_for) const {
    const int64_t blocks = (rows_ + kRows - 1) / kRows;
    const int64_t cost = kRows * (inner_ + 4) * (pass_.padded + 16) / 16;
    ShareAmongWorkers(parallel_for, workers, pass_.d.groups * blocks, cost, [&](int64_t worker, int64_t item) {
      const int64_t first = item % blocks * kRows;
      Block(item / blocks, first, std::min(kRows, rows_ - first), arrays_.workers + worker * worker_floats);
    });
  }

 private:
  void Block(int64_t group, int64_t first, int64_t count, float* memory) const {
    const float* const packed = packed_ + group * pass_.PackedOf(grid_);
    float* const sums = memory + WholeLines(kRows * std::min(kInner, inner_));
    float* const c = is_in_place_ ? arrays_.out + first * pass_.out_channels + group * pass_.outputs : sums;
    const int64_t c_stride = is_in_place_ ? pass_.out_channels : pass_.padded;
    const PatchMatrix patches = {grid_, arrays_.images, pass_.in_channels, group * pass_.inputs, pass_.inputs};
    int64_t begin = 0;
    do {
      const int64_t end = std::min(begin + kInner, inner_);
      LeftFactor left = {memory, end - begin, false};
      if (is_plain_) {
        left = {arrays_.images + first * pass_.in_channels + group * pass_.inputs + begin, pass_.in_channels, false};
      } else if (end > begin) {
        patches_.gather(patches, first, count, begin, end, memory);
      }
      MultiplyPacked(gemm_, left, count, packed, begin, end, inner_, pass_.outputs, c, c_stride, begin > 0);
      begin = end;
    } while (begin < inner_);
    if (!is_in_place_) Scatter(group, first, count, sums);
  }

  void Scatter(int64_t group, int64_t first, int64_t count, const float* sums) const {
    for (int64_t row = first; row < first + count; ++row, sums += pass_.padded) {
      const int64_t image = row / grid_.places(), place = row % grid_.places();
      const int64_t pixel = image * pass_.out_pixels + grid_.OutPixel(place, pass_.out_width);
      std::copy_n(sums, pass_.outputs, arrays_.out + pixel * pass_.out_channels + group * pass_.outputs);
    }
  }

  const Passage& pass_;
  const ConvGrid& grid_;
  const Conv2dArrays& arrays_;
  const float* packed_;
  const GemmKernels& gemm_;
  const PatchKernels& patches_;
  int64_t inner_, rows_;
  bool is_plain_, is_in_place_;
};

/// The gradient of the filter: the patches' matrix transposed, times dy.
class FilterSums {
 public:
  FilterSums(const Conv2dProblem& problem, const Passage& pass, const Conv2dArrays& arrays, const GemmKernels& gemm)
      : pass_(pass),
        cut_(pass),
        grid_(pass.grids.Grid(0)),
        arrays_(arrays),
        gemm_(gemm),
        patches_(VariantOf(kVariants, problem.isa)) {}

  void Run(int64_t worker_floats, int64_t workers, ParallelFor& parallel_for) const {
    const int64_t pieces = pass_.d.groups * cut_.blocks * cut_.splits;
    const int64_t cost = cut_.rows / cut_.splits * (cut_.columns + 4) * (pass_.padded + 16) / 16;
    ShareAmongWorkers(parallel_for, workers, pieces, cost, [&](int64_t worker, int64_t piece) {
      Piece(piece, arrays_.workers + worker * worker_floats, arrays_.shared + piece * cut_.columns * pass_.padded);
    });
    for (int64_t group = 0; group < pass_.d.groups; ++group) {
      for (int64_t k = 0; k < cut_.inner; ++k) AddSplits(group, k);
    }
  }

 private:
  /// Pieces are counted by group, block of columns, split.
  void Piece(int64_t piece, float* memory, float* result) const {
    const int64_t split = piece % cut_.splits, block = piece / cut_.splits % cut_.blocks;
    const int64_t group = piece / cut_.splits / cut_.blocks;
    const int64_t begin = block * cut_.columns, end = std::min(begin + cut_.columns, cut_.inner);
    const PatchMatrix patches = {grid_, arrays_.images, pass_.in_channels, group * pass_.inputs, pass_.inputs};
    float* const packed = memory + WholeLines(kGradRows * cut_.columns);
    float* const sums = packed + kGradRows * pass_.padded;
    const int64_t size = (end - begin) * pass_.padded;
    std::fill_n(result, size, 0.0f);
    const int64_t last = cut_.rows * (split + 1) / cut_.splits;
    int64_t done = 0;
    for (int64_t first = cut_.rows * split / cut_.splits; first < last; first += kGradRows) {
      const int64_t count = std::min(kGradRows, last - first);
      patches_.gather(patches, first, count, begin, end, memory);
      const float* right = arrays_.gradients + first * pass_.out_channels + group * pass_.outputs;
      int64_t right_stride = pass_.out_channels;
      if (pass_.outputs != pass_.padded) {
        PackRows(right, count, packed);
        right = packed;
        right_stride = pass_.padded;
      }
      gemm_.multiply({memory, end - begin, true}, end - begin, count, right, right_stride, pass_.padded, sums,
                     pass_.padded, done > 0);
      if (++done == kGradBlocks || first + count == last) {
        for (int64_t i = 0; i < size; ++i) result[i] += sums[i];
        done = 0;
      }
    }
  }

  /// The group's channels of dy, whole vectors of them.
  void PackRows(const float* from, int64_t count, float* to) const {
    for (int64_t row = 0; row < count; ++row, from += pass_.out_channels, to += pass_.padded) {
      std::copy_n(from, pass_.outputs, to);
      std::fill(to + pass_.outputs, to + pass_.padded, 0.0f);
    }
  }

  void AddSplits(int64_t group, int64_t k) const {
    const int64_t block = k / cut_.columns, size = cut_.columns * pass_.padded;
    const float* from = arrays_.shared + (group * cut_.blocks + block) * cut_.splits * size;
    from += k % cut_.columns * pass_.padded;
    float* const to = arrays_.out + k * pass_.out_channels + group * pass_.outputs;
    std::copy_n(from, pass_.outputs, to);
    for (int64_t split = 1; split < cut_.splits; ++split) {
      for (int64_t i = 0; i < pass_.outputs; ++i) to[i] += from[split * size + i];
    }
  }

  const Passage& pass_;
  GradCut cut_;
  ConvGrid grid_;
  const Conv2dArrays& arrays_;
  const GemmKernels& gemm_;
  const PatchKernels& patches_;
};

void Run(const Conv2dProblem& problem, const Conv2dArrays& arrays, int64_t workers, ParallelFor& parallel_for) {
  const Passage pass(problem);
  const GemmKernels& gemm = GemmOf(problem.isa);
  const int64_t worker_floats = WholeLines(Memory(problem).worker);
  if (problem.pass == Conv2dPass::kFilterGrad) {
    FilterSums(problem, pass, arrays, gemm).Run(worker_floats, workers, parallel_for);
    return;
  }
  const float* packed = arrays.weights;
  for (int64_t index = 0; index < pass.grids.count(); ++index) {
    const ConvGrid grid = pass.grids.Grid(index);
    GridSums(problem, pass, grid, arrays, packed, gemm).Run(worker_floats, workers, parallel_for);
    packed += pass.d.groups * pass.PackedOf(grid);
  }
}

bool Fits(const Conv2dDescriptor& /*descriptor*/) { return true; }

}  // namespace

const Conv2dMethod kPatchesMethod = {Fits, Memory, Prepare, Run};

}  // namespace winnow
