// Finding the count-th lowest key of every column. Three ways, the quickest first:
//   1. a bracket around the start value, one scan of the panel, a search among the few keys inside;
//   2. the same with a bracket taken from a sample of the rows;
//   3. a copy of the block's keys and a search bit by bit through all of them: right for any distribution.
// A bracket that misses shows in the scan's counts, so the result never depends on it.
#include "core/selection/select_weights.h"

#include <cmath>
#include <memory>
#include <new>

#include "core/selection/column_blocks.h"

namespace winnow {
namespace {

constexpr int kPanelColumns = 64;
constexpr uint32_t kKeyBits = 0x7fffffffu;
/// More than the key of any number.
constexpr uint32_t kAboveInfinity = 0x7f800001u;
/// A bracket around a start value is made to hold about so many keys of a column; as a part of the value it is never
/// narrower than weights move in a step.
constexpr double kWantedInside = 36;
constexpr double kNarrowest = 0.01, kWidest = 0.25;
/// From so many rows on, sampling is quicker than searching them all.
constexpr int64_t kSampledRows = 768;
constexpr int64_t kSample = 512;
/// Standard deviations between the sample's rank and the bracket's ends.
constexpr double kSampleMargin = 3.5;

/// What one thread needs for its panels.
struct Scratch {
  explicit Scratch(int64_t fan_in)
      : capacity(static_cast<uint32_t>(std::min(fan_in, 64 + fan_in / 4))),
        candidates(new(std::nothrow) uint32_t[int64_t{capacity} * kPanelColumns]) {}

  /// [rows, 16], made on first use; null without memory.
  uint32_t* Packed(int64_t rows) {
    if (!packed) packed.reset(new (std::nothrow) uint32_t[rows * kBlockColumns]);
    return packed.get();
  }

  uint32_t capacity;
  std::unique_ptr<uint32_t[]> candidates, packed;
  uint32_t sample[kSample * kBlockColumns];
  uint32_t low[kPanelColumns], high[kPanelColumns], below[kPanelColumns], inside[kPanelColumns];
};

/// Selects in the panels that one thread gets.
class WeightSelector {
 public:
  WeightSelector(const SelectionKernels& kernels, const KernelMatrix& kernel, int64_t count, const int32_t* start,
                 Selection* selection, std::atomic<bool>* has_ties, Failures* failures)
      : kernels_(kernels),
        kernel_(kernel),
        count_(count),
        start_(start),
        selection_(selection),
        has_ties_(has_ties),
        failures_(failures),
        scratch_(kernel.fan_in) {
    if (!scratch_.candidates) failures->memory = true;
  }

  void Panel(int64_t first, int64_t columns) {
    if (failures_->memory) return;
    const bool selects = count_ > 0 && count_ < kernel_.fan_in;
    const bool starts = selects && start_ != nullptr && std::count(start_ + first, start_ + first + columns, 0) == 0;
    if (selects && !starts && kernel_.fan_in < kSampledRows) {
      for (int64_t block = 0; block < BlockCount(columns); ++block) SearchAll(first / kBlockColumns + block);
      return;
    }
    for (int64_t block = 0; block < BlockCount(columns); ++block) {
      const int64_t at = block * kBlockColumns;
      std::fill_n(scratch_.low + at, kBlockColumns, 0);
      std::fill_n(scratch_.high + at, kBlockColumns, 0);
      if (starts) {
        BracketAroundStart(first + at, std::min<int64_t>(kBlockColumns, columns - at), at);
      } else if (selects) {
        BracketFromSample(first / kBlockColumns + block, at);
      }
    }
    Scan(first, columns);
    if (!selects) {
      std::fill_n(&selection_->bound[first], columns, count_ == 0 ? 0u : kAboveAllKeys);
      return;
    }
    int64_t missed[kPanelColumns / kBlockColumns];
    int misses = 0;
    for (int64_t block = 0; block < BlockCount(columns) && !failures_->nan; ++block) {
      const int64_t index = first / kBlockColumns + block;
      if (!Finish(index, block * kBlockColumns)) missed[misses++] = index;
    }
    // Only now, when the scan's results are no longer needed.
    for (int i = 0; i < misses && !failures_->memory; ++i) SearchAgain(missed[i], starts);
  }

 private:
  void BracketAroundStart(int64_t column, int64_t columns, int64_t at) {
    const double wanted = kWantedInside / static_cast<double>(kernel_.fan_in);
    const double part = std::min(kWidest, std::max(kNarrowest, wanted));
    // A mantissa of 23 bits, times a mean mantissa of about 1.4.
    const uint32_t half = static_cast<uint32_t>(part * 1.4 * (1 << 23));
    for (int64_t i = 0; i < columns; ++i) {
      const uint32_t middle = std::min(static_cast<uint32_t>(start_[column + i]) & kKeyBits, kAboveInfinity);
      scratch_.low[at + i] = middle > half ? middle - half : 0;
      scratch_.high[at + i] = std::min(middle + half, kAboveInfinity);
    }
  }

  void BracketFromSample(int64_t index, int64_t at) {
    // An odd stride meets all channels of a convolution kernel, whose number is mostly even.
    ColumnBlock block = BlockAt(kernel_, index);
    const int64_t stride = std::max<int64_t>(1, ((kernel_.fan_in / kSample) - 1) | 1);
    const int64_t rows = std::min(kSample, kernel_.fan_in / stride);
    block.stride *= stride;
    block.fan_in = rows;
    kernels_.pack_keys(block, scratch_.sample);
    const double part = (static_cast<double>(count_) - 0.5) / static_cast<double>(kernel_.fan_in);
    const double rank = part * static_cast<double>(rows);
    const double margin = kSampleMargin * std::sqrt(rank * (1 - part)) + 1;
    const auto within = [&](double value) {
      return static_cast<int64_t>(std::min(std::max(value, 0.0), static_cast<double>(rows - 1)));
    };
    kernels_.bracket(scratch_.sample, rows, within(rank - margin), within(rank + margin), scratch_.low + at,
                     scratch_.high + at);
    // What lies beyond the sample's first or last key is unknown.
    if (rank - margin < 0) std::fill_n(scratch_.low + at, kBlockColumns, 0u);
    if (rank + margin >= static_cast<double>(rows)) std::fill_n(scratch_.high + at, kBlockColumns, kAboveInfinity);
    for (int i = block.columns; i < kBlockColumns; ++i) scratch_.low[at + i] = scratch_.high[at + i] = 0;
  }

  void Scan(int64_t first, int64_t columns) {
    const int64_t padded = BlockCount(columns) * kBlockColumns;
    std::fill_n(scratch_.below, padded, 0u);
    std::fill_n(scratch_.inside, padded, 0u);
    const bool nan =
        kernels_.scan({kernel_.data + first, kernel_.fan_in, kernel_.units, columns, scratch_.low, scratch_.high,
                       scratch_.below, scratch_.inside, scratch_.candidates.get(), scratch_.capacity});
    if (nan) failures_->nan = true;
  }

  /// Searches the candidates of the block, whose counts are at `at`; false if a bracket missed or held too many.
  bool Finish(int64_t index, int64_t at) {
    const int columns = BlockAt(kernel_, index).columns;
    const uint32_t *below = scratch_.below + at, *inside = scratch_.inside + at;
    const uint32_t rank = static_cast<uint32_t>(count_ - 1);
    uint32_t rows = 0, width = 1, ranks[kBlockColumns] = {};
    for (int i = 0; i < columns; ++i) {
      if (below[i] > rank || rank - below[i] >= inside[i] || inside[i] > scratch_.capacity) return false;
      ranks[i] = rank - below[i];
      rows = std::max(rows, inside[i]);
      width = std::max(width, scratch_.high[at + i] - scratch_.low[at + i]);
    }
    uint32_t* candidates = scratch_.candidates.get() + at * scratch_.capacity;
    for (int i = 0; i < kBlockColumns; ++i) {
      for (uint32_t row = inside[i]; row < rows; ++row) candidates[row * kBlockColumns + i] = kKeyBits;
    }
    int bits = 0;
    while (bits < 31 && (1u << bits) < width) ++bits;
    uint32_t last[kBlockColumns], smaller[kBlockColumns], equal[kBlockColumns];
    kernels_.select_inside(candidates, rows, scratch_.low + at, ranks, bits, last, smaller, equal);
    for (int i = 0; i < columns; ++i) smaller[i] += below[i];
    Store(index, last, smaller, equal);
    return true;
  }

  void SearchAgain(int64_t index, bool started) {
    if (started && kernel_.fan_in >= kSampledRows) {
      BracketFromSample(index, 0);
      Scan(index * kBlockColumns, BlockAt(kernel_, index).columns);
      if (Finish(index, 0)) return;
    }
    SearchAll(index);
  }

  void SearchAll(int64_t index) {
    uint32_t* keys = scratch_.Packed(kernel_.fan_in);
    if (keys == nullptr) {
      failures_->memory = true;
      return;
    }
    if (kernels_.pack_keys(BlockAt(kernel_, index), keys)) {
      failures_->nan = true;
      return;
    }
    uint32_t last[kBlockColumns], smaller[kBlockColumns], equal[kBlockColumns];
    kernels_.select_keys(keys, kernel_.fan_in, count_ - 1, last, smaller, equal);
    Store(index, last, smaller, equal);
  }

  /// Writes a block's bounds from its count-th lowest keys, how many keys are smaller and how many equal.
  void Store(int64_t index, const uint32_t* last, const uint32_t* smaller, const uint32_t* equal) {
    const ColumnBlock block = BlockAt(kernel_, index);
    uint32_t* bound = &selection_->bound[index * kBlockColumns];
    uint32_t wanted[kBlockColumns] = {};
    bool splits = false;
    for (int i = 0; i < block.columns; ++i) {
      const uint32_t ties = static_cast<uint32_t>(count_) - smaller[i];
      bound[i] = ties == equal[i] ? last[i] + 1 : last[i];
      if (ties == equal[i]) continue;
      wanted[i] = ties;
      splits = true;
    }
    if (!splits) return;
    int32_t rows[kBlockColumns];
    kernels_.find_ties(block, last, wanted, rows);
    std::copy_n(rows, block.columns, &selection_->tie_row[index * kBlockColumns]);
    *has_ties_ = true;
  }

  const SelectionKernels& kernels_;
  const KernelMatrix& kernel_;
  const int64_t count_;
  const int32_t* const start_;
  Selection* const selection_;
  std::atomic<bool>* const has_ties_;
  Failures* const failures_;
  Scratch scratch_;
};

/// Columns that one thread takes at a time: whole cache lines of a row, and some panels for every thread.
int64_t PanelColumns(int64_t units) {
  const int64_t quarter = (units / 4 + kBlockColumns - 1) / kBlockColumns * kBlockColumns;
  return std::min<int64_t>(kPanelColumns, std::max<int64_t>(kBlockColumns, quarter));
}

}  // namespace

Status SelectWeights(const SelectionKernels& kernels, const KernelMatrix& kernel, int64_t count, const int32_t* start,
                     ParallelFor& parallel_for, Selection* selection) {
  if (kernel.size() == 0) return {};
  Failures failures;
  std::atomic<bool> has_ties{false};
  const int64_t width = PanelColumns(kernel.units);
  const int64_t panels = (kernel.units + width - 1) / width;
  // About half a cycle an element for a scan, ten for a search through all.
  parallel_for.Run(panels, kernel.fan_in * width, [&](int64_t begin, int64_t end) {
    WeightSelector selector(kernels, kernel, count, start, selection, &has_ties, &failures);
    for (int64_t panel = begin; panel < end; ++panel) {
      selector.Panel(panel * width, std::min(width, kernel.units - panel * width));
    }
  });
  selection->has_ties = has_ties;
  return failures.ToStatus(kernel);
}

}  // namespace winnow
