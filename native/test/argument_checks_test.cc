// What the checks of arguments refuse, and by which words: sizes that are negative, too large, or whose product
// overflows, numbers out of range, and sizes that contradict each other.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "core/parallel_for.h"
#include "core/sparse/block.h"
#include "core/sparse/nm.h"
#include "ops/attention/attention.h"
#include "ops/batch_norm/batch_norm.h"
#include "ops/bias_activation/bias_activation.h"
#include "ops/layer_norm/layer_norm.h"
#include "ops/optimizer_step/optimizer_step.h"
#include "ops/sddmm/sddmm.h"
#include "ops/softmax_cross_entropy/softmax_cross_entropy.h"

namespace winnow {
namespace {

constexpr int64_t kHuge = int64_t{1} << 40;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(ArgumentChecks, Attention) {
  AttentionShape shape = {};
  shape.batch = shape.heads = shape.queries = shape.keys = shape.key_dim = shape.value_dim = 2;
  EXPECT_TRUE(CheckAttention(shape).ok());
  AttentionShape negative = shape;
  negative.keys = -1;
  EXPECT_EQ(CheckAttention(negative).message(), "keys must be in [0, 2147483647], got -1");
  AttentionShape large = shape;
  large.value_dim = int64_t{1} << 31;
  EXPECT_EQ(CheckAttention(large).message(), "value dim must be in [0, 2147483647], got 2147483648");
  AttentionShape overflowing = shape;
  overflowing.batch = overflowing.queries = overflowing.heads = int64_t{1} << 24;
  EXPECT_EQ(CheckAttention(overflowing).message(),
            "batch × heads × queries must be in [0, 72057594037927936], got 16777216 × 16777216 × 16777216");
  AttentionShape endless = shape;
  endless.key_dim = endless.value_dim = 0;
  EXPECT_EQ(CheckAttention(endless).message(), "key dim and value dim must not both be 0");
  endless.queries = 0;
  EXPECT_TRUE(CheckAttention(endless).ok());
}

TEST(ArgumentChecks, MatricesOfRows) {
  EXPECT_TRUE(CheckBiasActivation({nullptr, nullptr, kHuge, 0, BiasActivationKind::kNone}).ok());
  EXPECT_EQ(CheckBiasActivation({nullptr, nullptr, -1, 3, BiasActivationKind::kNone}).message(),
            "rows must be in [0, 72057594037927936], got -1");
  EXPECT_EQ(CheckBiasActivation({nullptr, nullptr, kHuge, kHuge, BiasActivationKind::kNone}).message(),
            "rows × width must be in [0, 72057594037927936], got 1099511627776 × 1099511627776");
  BatchNormArguments norm = {};
  norm.rows = kHuge;
  norm.channels = kHuge;
  EXPECT_EQ(CheckBatchNorm(norm).message(),
            "rows × channels must be in [0, 72057594037927936], got 1099511627776 × 1099511627776");
  norm.channels = -2;
  EXPECT_EQ(CheckBatchNorm(norm).message(), "channels must be in [0, 72057594037927936], got -2");
  norm.channels = 2;
  EXPECT_TRUE(CheckBatchNorm(norm).ok());
  norm.epsilon = kNan;
  EXPECT_EQ(CheckBatchNorm(norm).message(), "epsilon must be at least 0, got nan");
  norm.epsilon = -1;
  EXPECT_EQ(CheckBatchNorm(norm).message(), "epsilon must be at least 0, got -1.000000");
}

TEST(ArgumentChecks, LayerNorm) {
  EXPECT_EQ(CheckLayerNorm({nullptr, nullptr, kHuge, kHuge}).message(),
            "rows × width must be in [0, 72057594037927936], got 1099511627776 × 1099511627776");
  EXPECT_EQ(CheckLayerNorm({nullptr, nullptr, 1, -1}).message(), "width must be in [0, 72057594037927936], got -1");
  EXPECT_EQ(CheckLayerNorm({nullptr, nullptr, 1, 1}, kNan).message(), "epsilon must be at least 0, got nan");
}

TEST(ArgumentChecks, SoftmaxCrossEntropy) {
  const int32_t labels[] = {1, 3};
  const auto check = [&](int64_t rows, int64_t classes, float smoothing) {
    return CheckSoftmaxCrossEntropy({nullptr, labels, rows, classes, smoothing, false, 0}).message();
  };
  EXPECT_EQ(check(2, 4, 0.1f), "");
  EXPECT_EQ(check(2, 3, 0), "labels must be in [0, 3), got 3 at index 1");
  EXPECT_EQ(check(1, 0, 0), "classes must be in [1, 72057594037927936], got 0");
  EXPECT_EQ(check(0, 0, 0), "");
  EXPECT_EQ(check(-1, 2, 0), "rows must be in [0, 72057594037927936], got -1");
  EXPECT_EQ(check(2, 4, 1.5f), "labelSmoothing must be in [0, 1], got 1.500000");
  EXPECT_EQ(check(2, 4, kNan), "labelSmoothing must be in [0, 1], got nan");
  EXPECT_EQ(check(kHuge, kHuge, 0),
            "rows × classes must be in [0, 72057594037927936], got 1099511627776 × 1099511627776");
}

TEST(ArgumentChecks, OptimizerStep) {
  std::vector<SgdVariable> sgd(2, SgdVariable{});
  EXPECT_TRUE(CheckOptimizerStep(sgd).ok());
  sgd[1].common.size = -5;
  EXPECT_EQ(CheckOptimizerStep(sgd).message(), "size of variables[1] must be in [0, 72057594037927936], got -5");
  std::vector<AdamVariable> adam(1, AdamVariable{});
  adam[0].common.size = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(CheckOptimizerStep(adam).message(),
            "size of variables[0] must be in [0, 72057594037927936], got 9223372036854775807");
}

TEST(ArgumentChecks, SparseSizes) {
  NmMatrix nm = {};
  nm.rows = 2;
  nm.columns = 8;
  nm.n = 2;
  nm.m = 4;
  EXPECT_TRUE(CheckNmSize(nm).ok());
  nm.n = 5;
  EXPECT_EQ(CheckNmSize(nm).message(), "n must be in [1, 4], got 5");
  nm.m = 257;
  EXPECT_EQ(CheckNmSize(nm).message(), "m must be in [1, 256], got 257");
  nm.n = nm.m = 4;
  nm.rows = nm.columns = int64_t{1} << 26;
  EXPECT_EQ(CheckNmSize(nm).message(), "values must have at most 2147483647 entries, got 4503599627370496");
  BlockMatrix block = {};
  block.rows = block.columns = 8;
  block.block_rows = 4;
  EXPECT_EQ(CheckBlockSize(block).message(), "block columns must be in [1, 67108864], got 0");
  block.block_columns = 4;
  EXPECT_TRUE(CheckBlockSize(block).ok());
  block.blocks = -1;
  EXPECT_NE(CheckBlockSize(block).message().find("got -1 blocks of 4 x 4"), std::string::npos);
}

TEST(ArgumentChecks, Sddmm) {
  const int32_t row_offsets[] = {0, 1};
  const int32_t column_indices[] = {0};
  float out[1];
  SddmmArguments arguments = {};
  arguments.pattern.rows = arguments.pattern.columns = arguments.pattern.nnz = 1;
  arguments.pattern.row_offsets = row_offsets;
  arguments.pattern.column_indices = column_indices;
  SerialFor serial;
  EXPECT_TRUE(CheckSddmm(arguments, serial, out).ok());
  EXPECT_EQ(CheckSddmm(arguments, serial, reinterpret_cast<const float*>(column_indices)).message(),
            "out must not overlap columnIndices");
  EXPECT_EQ(CheckSddmm(arguments, serial, reinterpret_cast<const float*>(row_offsets)).message(),
            "out must not overlap rowOffsets");
  arguments.tokens = -1;
  EXPECT_EQ(CheckSddmm(arguments, serial, out).message(), "tokens must be in [0, 2147483647], got -1");
}

}  // namespace
}  // namespace winnow
