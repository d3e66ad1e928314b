#ifndef WINNOW_OPS_RANK_MASK_RANK_MASK_H_
#define WINNOW_OPS_RANK_MASK_RANK_MASK_H_

#include <cstdint>
#include <vector>

#include "core/matrix.h"
#include "core/parallel_for.h"

namespace winnow {

/// Which entries are ranked together. The numbers are those of the N-API calls.
enum class RankScope {
  /// Every column by itself.
  kColumn = 0,
  /// All entries of a matrix.
  kLayer = 1,
  /// All entries of all matrices.
  kGlobal = 2,
  /// Each group of four consecutive rows of a column; half of each group is cut. A group of g < 4 rows at the end of a
  /// column loses floor(g / 2).
  kTwoOfFour = 3,
  /// Blocks of a matrix, by their L2 norms. Blocks at the right and lower edge may be smaller.
  kBlock = 4,
};
inline constexpr int kRankScopes = 5;

struct RankRule {
  RankScope scope;
  /// Whether entries rank by their magnitude, or by their value as it is. Blocks always by norm.
  bool by_magnitude;
  /// For kBlock: in [1, 2^31 - 1].
  int64_t block_rows;
  int64_t block_columns;
  /// For kGlobal: how many entries are cut in all.
  int64_t global_count;
};

struct RankItem {
  /// [fan_in, units], without NaN.
  KernelMatrix scores;
  /// How many are cut: entries of every column (kColumn), entries (kLayer) or blocks (kBlock).
  int64_t count;
  /// [fan_in, units], one byte each: 1 = kept, 0 = cut.
  uint8_t* mask;
};

/// How many blocks a matrix has.
inline int64_t BlockCountOf(const KernelMatrix& matrix, const RankRule& rule) {
  return ((matrix.fan_in + rule.block_rows - 1) / rule.block_rows) *
         ((matrix.units + rule.block_columns - 1) / rule.block_columns);
}

/// Cuts exactly `count` of the lowest entries (or blocks). Among equal ones the first is cut: that of the earlier
/// matrix, then that with the lower index in row-major order. -0 equals 0. A block's norm is the sum of its squares in
/// double, row after row. The result does not depend on the number of threads.
///
/// kInvalidArgument for a count out of range or a NaN. Then `failed` (not null) holds the matrix's index, and the masks
/// are unspecified.
Status RankMask(const std::vector<RankItem>& items, const RankRule& rule, ParallelFor& parallel_for, int64_t* failed);

/// The same by sorting, in plain C++. The tests compare with it.
Status RankMaskReference(const std::vector<RankItem>& items, const RankRule& rule, int64_t* failed);

/// The checks of both.
Status CheckRankMask(const std::vector<RankItem>& items, const RankRule& rule, int64_t* failed);

}  // namespace winnow

#endif  // WINNOW_OPS_RANK_MASK_RANK_MASK_H_
