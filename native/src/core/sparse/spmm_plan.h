#ifndef WINNOW_CORE_SPARSE_SPMM_PLAN_H_
#define WINNOW_CORE_SPARSE_SPMM_PLAN_H_

#include <cstdint>

#include "core/parallel_for.h"
#include "core/sparse/csr.h"
#include "core/sparse/plan_entry.h"
#include "core/sparse/scratch.h"
#include "core/status.h"

namespace winnow {

/// Units that are computed together: their sums, 64 x 64 tokens, stay in the level-1 cache.
inline constexpr int kTileUnits = 64;

/// A sparse matrix [units, channels] in the order in which a product reads it: tiles of 64 units; in a tile blocks of
/// channels whose part of a panel stays in the level-1 cache; in a block unit after unit. The weights of a unit keep
/// rising channels.
class SpmmPlan {
 public:
  SpmmPlan() = default;

  int64_t units() const { return units_; }
  int64_t channels() const { return channels_; }
  int64_t nnz() const { return nnz_; }
  int64_t tiles() const { return (units_ + kTileUnits - 1) / kTileUnits; }
  int64_t blocks() const { return blocks_; }
  const PlanEntry* entries() const { return entries_.data(); }
  /// The block's entries of unit u of the tile are [starts[u], starts[u + 1]).
  const int32_t* starts(int64_t tile, int64_t block) const {
    return starts_.data() + (tile * blocks_ + block) * (kTileUnits + 1);
  }
  int64_t bytes() const;

 private:
  friend Status MakeSpmmPlan(const CsrMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan);
  Status Fill(const CsrMatrix& by_unit, ParallelFor& parallel_for);
  void FillTile(const CsrMatrix& by_unit, int64_t tile);

  int64_t units_ = 0;
  int64_t channels_ = 0;
  int64_t nnz_ = 0;
  int64_t blocks_ = 0;
  int64_t block_channels_ = 0;
  Scratch<PlanEntry> entries_{0};
  Scratch<int32_t> starts_{0};
};

/// Plans the products with `matrix`, [units, channels], or [channels, units] if `transposed`. Fails as CheckCsr, and
/// with kOutOfMemory.
Status MakeSpmmPlan(const CsrMatrix& matrix, bool transposed, ParallelFor& parallel_for, SpmmPlan* plan);

}  // namespace winnow

#endif  // WINNOW_CORE_SPARSE_SPMM_PLAN_H_
