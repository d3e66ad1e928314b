#include "ops/rank_mask/rank_mask_cpu.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>
#include <numeric>

#include "core/float_environment.h"
#include "core/workspace_pool.h"
#include "ops/rank_mask/rank_mask.h"

namespace winnow {
namespace {

constexpr IsaVariants<RankMaskKernels> kVariants = WINNOW_VARIANTS(kRankMaskKernels);
constexpr int64_t kPortion = int64_t{1} << 14;

/// The key at a rank and how many keys equal to it are cut.
struct Threshold {
  uint32_t key;
  int64_t ties;
};

constexpr int64_t kBins = int64_t{1} << 16;

/// The keys of one item.
struct Keys {
  uint32_t* data;
  int64_t size;
};

/// Of all keys of some arrays, by two histograms of sixteen bits each, [kBins]. count >= 1.
Threshold ThresholdOf(const std::vector<Keys>& arrays, int64_t count, uint64_t* histogram) {
  uint32_t prefix = 0;
  for (int shift : {16, 0}) {
    std::fill_n(histogram, kBins, 0);
    for (const Keys& keys : arrays) {
      for (int64_t i = 0; i < keys.size; ++i) {
        const uint32_t key = keys.data[i];
        if (shift == 16 || key >> 16 == prefix) ++histogram[(key >> shift) & 0xffff];
      }
    }
    uint32_t digit = 0;
    while (static_cast<int64_t>(histogram[digit]) < count) count -= histogram[digit++];
    prefix = shift == 16 ? digit : (prefix << 16) | digit;
  }
  return {prefix, count};
}

/// Cuts the first `ties` keys that equal the threshold; returns how many are left to cut.
int64_t CutTies(const Keys& keys, uint32_t threshold, int64_t ties, uint8_t* mask) {
  for (int64_t i = 0; ties > 0 && i < keys.size; ++i) {
    if (keys.data[i] != threshold) continue;
    mask[i] = 0;
    --ties;
  }
  return ties;
}

class Ranker {
 public:
  Ranker(const RankMaskKernels& kernels, const std::vector<RankItem>& items, const RankRule& rule,
         ParallelFor& parallel_for)
      : kernels_(kernels), items_(items), rule_(rule), parallel_for_(parallel_for) {}

  Status Run(int64_t* failed) {
    const bool is_global = rule_.scope == RankScope::kGlobal;
    int64_t longest = 0, total = 0;
    for (const RankItem& item : items_) {
      longest = std::max(longest, item.scores.size());
      total += item.scores.size();
    }
    // The histogram first: it is aligned there.
    const WorkspacePool::Loan workspace = WorkspacePool::Shared().Lend(2 * kBins + (is_global ? total : longest));
    if (workspace.data() == nullptr) throw std::bad_alloc();
    uint64_t* const histogram = reinterpret_cast<uint64_t*>(workspace.data());
    uint32_t* next = reinterpret_cast<uint32_t*>(workspace.data() + 2 * kBins);
    std::vector<Keys> all;
    for (size_t i = 0; i < items_.size(); ++i) {
      const RankItem& item = items_[i];
      // Any number of rows or columns may be empty. (For kGlobal its place is kept.)
      if (item.scores.size() == 0 && !is_global) continue;
      const Keys keys = {next, item.scores.size()};
      if (MakeKeys(item, keys.data)) {
        *failed = static_cast<int64_t>(i);
        return NanError(item.scores);
      }
      switch (rule_.scope) {
        case RankScope::kColumn:
          CutColumns(item, keys);
          break;
        case RankScope::kTwoOfFour:
          CutHalves(item, keys);
          break;
        case RankScope::kBlock:
          if (CutBlocks(item)) break;
          *failed = static_cast<int64_t>(i);
          return NanError(item.scores);
        case RankScope::kLayer:
          CutEntries({item}, {keys}, item.count, histogram);
          break;
        case RankScope::kGlobal:
          all.push_back(keys);
          next += keys.size;
          break;
      }
    }
    if (is_global) CutEntries(items_, all, rule_.global_count, histogram);
    return {};
  }

 private:
  bool MakeKeys(const RankItem& item, uint32_t* keys) {
    std::atomic<bool> nan{false};
    ForPortions(item.scores.size(), [&](int64_t begin, int64_t end) {
      if (kernels_.make_keys(item.scores.data + begin, end - begin, rule_.by_magnitude, keys + begin)) nan = true;
    });
    return nan;
  }

  template <typename Body>
  void ForPortions(int64_t total, const Body& body) {
    parallel_for_.Run((total + kPortion - 1) / kPortion, kPortion,
                      [&](int64_t begin, int64_t end) { body(begin * kPortion, std::min(end * kPortion, total)); });
  }

  void CutEntries(const std::vector<RankItem>& items, const std::vector<Keys>& keys, int64_t count,
                  uint64_t* histogram) {
    // A threshold of 0 keeps all: no key is below it.
    Threshold threshold = count == 0 ? Threshold{0, 0} : ThresholdOf(keys, count, histogram);
    for (size_t i = 0; i < items.size(); ++i) {
      ForPortions(items[i].scores.size(), [&](int64_t begin, int64_t end) {
        kernels_.mark(keys[i].data + begin, end - begin, threshold.key, items[i].mask + begin);
      });
      threshold.ties = CutTies(keys[i], threshold.key, threshold.ties, items[i].mask);
    }
  }

  void CutColumns(const RankItem& item, const Keys& keys) {
    const KernelMatrix& matrix = item.scores;
    parallel_for_.Run(matrix.units, matrix.fan_in * 20, [&](int64_t begin, int64_t end) {
      std::vector<uint64_t> ranked(matrix.fan_in);
      for (int64_t column = begin; column < end; ++column) {
        // Key and row in one number: they order as key, then row.
        for (int64_t row = 0; row < matrix.fan_in; ++row) {
          ranked[row] = uint64_t{keys.data[row * matrix.units + column]} << 32 | static_cast<uint64_t>(row);
          item.mask[row * matrix.units + column] = 1;
        }
        std::nth_element(ranked.begin(), ranked.begin() + item.count, ranked.end());
        for (int64_t i = 0; i < item.count; ++i) item.mask[(ranked[i] & 0xffffffffu) * matrix.units + column] = 0;
      }
    });
  }

  void CutHalves(const RankItem& item, const Keys& keys) {
    const int64_t units = item.scores.units, groups = item.scores.fan_in / 4;
    parallel_for_.Run(groups, units * 4, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        kernels_.mark_half(keys.data + 4 * i * units, units, item.mask + 4 * i * units);
      }
    });
    const int64_t top = groups * 4, rest = item.scores.fan_in - top;
    std::fill_n(item.mask + top * units, rest * units, 1);
    if (rest < 2) return;
    // Of two or three rows that remain the lowest is cut.
    for (int64_t column = 0; column < units; ++column) {
      int64_t lowest = top;
      for (int64_t row = top + 1; row < top + rest; ++row) {
        if (keys.data[row * units + column] < keys.data[lowest * units + column]) lowest = row;
      }
      item.mask[lowest * units + column] = 0;
    }
  }

  /// False if there is a NaN after all: scores on shared memory may change under way, and no order holds with one.
  bool CutBlocks(const RankItem& item) {
    const KernelMatrix& matrix = item.scores;
    const int64_t across = (matrix.units + rule_.block_columns - 1) / rule_.block_columns;
    const int64_t down = (matrix.fan_in + rule_.block_rows - 1) / rule_.block_rows;
    std::vector<double> norms(across * down);
    const int64_t cost = rule_.block_rows * matrix.units;
    const auto rows_of = [&](int64_t i) { return std::min((i + 1) * rule_.block_rows, matrix.fan_in); };
    parallel_for_.Run(down, cost, [&](int64_t begin, int64_t end) {
      const ScopedIeeeFloats ieee;
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t row = i * rule_.block_rows; row < rows_of(i); ++row) {
          for (int64_t column = 0; column < matrix.units; ++column) {
            const double value = matrix.data[row * matrix.units + column];
            norms[i * across + column / rule_.block_columns] += value * value;
          }
        }
      }
    });
    for (const double norm : norms) {
      if (std::isnan(norm)) return false;
    }
    std::vector<int64_t> order(norms.size());
    std::iota(order.begin(), order.end(), 0);
    const auto lower = [&](int64_t a, int64_t b) { return norms[a] < norms[b] || (norms[a] == norms[b] && a < b); };
    std::nth_element(order.begin(), order.begin() + item.count, order.end(), lower);
    std::vector<uint8_t> kept(norms.size(), 1);
    for (int64_t i = 0; i < item.count; ++i) kept[order[i]] = 0;
    parallel_for_.Run(down, cost, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t row = i * rule_.block_rows; row < rows_of(i); ++row) {
          for (int64_t column = 0; column < matrix.units; ++column) {
            item.mask[row * matrix.units + column] = kept[i * across + column / rule_.block_columns];
          }
        }
      }
    });
    return true;
  }

  const RankMaskKernels& kernels_;
  const std::vector<RankItem>& items_;
  const RankRule& rule_;
  ParallelFor& parallel_for_;
};

}  // namespace

Status RankMask(const std::vector<RankItem>& items, const RankRule& rule, ParallelFor& parallel_for,
                int64_t* failed) try {
  WINNOW_RETURN_IF_ERROR(CheckRankMask(items, rule, failed));
  const RankMaskKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  return Ranker(*kernels, items, rule, parallel_for).Run(failed);
} catch (const std::bad_alloc&) {
  *failed = 0;
  return OutOfMemory();
}

}  // namespace winnow
