#ifndef WINNOW_CORE_SPARSE_SPMM_PLAN_H_
#define WINNOW_CORE_SPARSE_SPMM_PLAN_H_

#include <cstdint>
#include <cstring>

#include "core/parallel_for.h"
#include "core/scratch.h"
#include "core/sparse/block.h"
#include "core/sparse/csr.h"
#include "core/sparse/nm.h"
#include "core/sparse/plan_entry.h"
#include "core/status.h"

namespace winnow {

/// Units that are computed together: their sums, 64 x 64 tokens, stay in the level-1 cache.
inline constexpr int kTileUnits = 64;

/// A sparse matrix [units, channels] in the order in which a product reads it: tiles of 64 units; in a tile blocks of
/// channels whose part of a panel stays in the level-1 cache; in a block unit after unit. The weights of a unit keep
/// rising channels.
///
/// Of a matrix of blocks up to four units that store the same channels form a group: a vector of the panel is then
/// loaded once for all of them. Instead of entries there are words: for every channel of a group its PlanEntry's offset
/// and then the group's weights.
class SpmmPlan {
 public:
  SpmmPlan() = default;
  /// A plan to be filled by who makes it, in memory of theirs: SetCount, then Borrow.
  static SpmmPlan OfSize(int64_t units, int64_t channels);
  void SetCount(int64_t nnz) { SetSize(units_, channels_, nnz); }
  /// Entries [nnz] and starts [start_count()], as below. They must outlive the plan.
  void Borrow(const PlanEntry* entries, const int32_t* starts) {
    borrowed_entries_ = entries;
    borrowed_starts_ = starts;
  }

  int64_t units() const { return units_; }
  int64_t channels() const { return channels_; }
  int64_t nnz() const { return nnz_; }
  int64_t tiles() const { return (units_ + kTileUnits - 1) / kTileUnits; }
  int64_t blocks() const { return blocks_; }
  int64_t block_channels() const { return block_channels_; }
  int64_t start_count() const { return tiles() * blocks_ * (kTileUnits + 1); }
  bool is_grouped() const { return words_.data() != nullptr; }
  const PlanEntry* entries() const { return borrowed_entries_ != nullptr ? borrowed_entries_ : entries_.data(); }
  const uint32_t* words() const { return words_.data(); }
  /// The block's entries of unit u of the tile are [starts[u], starts[u + 1]); of a grouped plan u counts groups, and
  /// they are words.
  const int32_t* starts(int64_t tile, int64_t block) const {
    const int32_t* const all = borrowed_starts_ != nullptr ? borrowed_starts_ : starts_.data();
    return all + (tile * blocks_ + block) * (kTileUnits + 1);
  }
  /// The units of each group of the tile, in [1, 4], to the tile's last unit; grouped plans only.
  const uint8_t* widths(int64_t tile) const { return widths_.data() + tile * kTileUnits; }
  int64_t bytes() const;

  /// Of a plan whose values are numbers (as bits) of `values`: the plan with the values of these numbers, for one
  /// pattern with changing values. `plan` shares nothing with this one. Fails with kOutOfMemory.
  Status WithValues(const float* values, ParallelFor& parallel_for, SpmmPlan* plan) const;

 private:
  friend Status MakeSpmmPlan(const CsrMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan);
  friend Status MakeSpmmPlan(const NmMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan);
  friend Status MakeSpmmPlan(const BlockMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan);
  struct UnitBlocks;
  void SetSize(int64_t units, int64_t channels, int64_t nnz);
  Status Fill(const CsrMatrix& by_unit, ParallelFor& parallel_for);
  void FillTile(const CsrMatrix& by_unit, int64_t tile);
  Status FillGroups(const UnitBlocks& by_unit, ParallelFor& parallel_for);
  int64_t MakeGroups(const UnitBlocks& by_unit, int64_t tile);
  void FillGroupTile(const UnitBlocks& by_unit, int64_t tile, int32_t to);

  int64_t units_ = 0;
  int64_t channels_ = 0;
  int64_t nnz_ = 0;
  int64_t blocks_ = 0;
  int64_t block_channels_ = 0;
  int64_t word_count_ = 0;
  Scratch<PlanEntry> entries_{0};
  Scratch<uint32_t> words_;
  Scratch<int32_t> starts_{0};
  Scratch<uint8_t> widths_;
  const PlanEntry* borrowed_entries_ = nullptr;
  const int32_t* borrowed_starts_ = nullptr;
};

/// The integer whose bits a value is: see SpmmPlan::WithValues.
inline uint32_t NumberOf(float value) {
  uint32_t number;
  std::memcpy(&number, &value, sizeof(number));
  return number;
}

/// Plans the products with `matrix`, [units, channels], or [channels, units] if `transposed`. Fails as CheckCsr (or as
/// ExpandNm and CheckBlock), and with kOutOfMemory.
Status MakeSpmmPlan(const CsrMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan);
Status MakeSpmmPlan(const NmMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan);
Status MakeSpmmPlan(const BlockMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan);

}  // namespace winnow

#endif  // WINNOW_CORE_SPARSE_SPMM_PLAN_H_
