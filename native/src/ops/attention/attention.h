#ifndef WINNOW_OPS_ATTENTION_ATTENTION_H_
#define WINNOW_OPS_ATTENTION_ATTENTION_H_

#include <cstdint>

#include "core/parallel_for.h"
#include "core/status.h"

namespace winnow {

/// Which keys a query may see by its place: all; key j of query i if j <= i (upper left: the first query sees the first
/// key); or if j <= i + keys - queries (lower right: the last query sees the last key). The numbers are those of the
/// N-API calls.
enum class Causal { kNone = 0, kUpperLeft = 1, kLowerRight = 2 };

struct AttentionShape {
  int64_t batch;
  int64_t heads;
  int64_t queries;
  int64_t keys;
  /// Of one head.
  int64_t key_dim;
  int64_t value_dim;
};

struct AttentionArguments {
  AttentionShape shape;
  /// [batch, queries, heads * key_dim]
  const float* query;
  /// [batch, keys, heads * key_dim]
  const float* key;
  /// [batch, keys, heads * value_dim]
  const float* value;
  /// [batch, keys]: 0 for a key that no query sees. Null: all are seen.
  const uint8_t* key_mask;
  Causal causal;
  /// What the products of query and key are multiplied by.
  float scale;
};

struct AttentionOutputs {
  /// [batch, queries, heads * value_dim]: 0 for a query that sees no key.
  float* output;
  /// [batch, heads, queries]: log of the sum of exp(scaled products), for the gradient; -inf where no key is seen. Null
  /// if not wanted.
  float* log_sum_exp;
};

/// kInvalidArgument unless every size is in range, the arrays' sizes can be counted, and heads have a key or a value.
Status CheckAttention(const AttentionShape& shape);

/// softmax(scale * query * key^T) * value of every head, without the matrix of all products: keys pass in blocks, the
/// softmax is kept up to date. Equal for every number of threads. Masked keys are not read.
Status Attention(const AttentionArguments& arguments, ParallelFor& parallel_for, const AttentionOutputs& outputs);

/// The same, scalar and in double: the tests compare with it.
Status AttentionReference(const AttentionArguments& arguments, const AttentionOutputs& outputs);

struct AttentionGradArguments {
  AttentionArguments forward;
  /// What Attention gave.
  const float* output;
  const float* log_sum_exp;
  /// [batch, queries, heads * value_dim]
  const float* d_output;
};

/// Of the shapes of query, key and value.
struct AttentionGradOutputs {
  float* d_query;
  float* d_key;
  float* d_value;
};

/// The gradients, with the products computed again.
Status AttentionGrad(const AttentionGradArguments& arguments, ParallelFor& parallel_for,
                     const AttentionGradOutputs& outputs);

Status AttentionGradReference(const AttentionGradArguments& arguments, const AttentionGradOutputs& outputs);

}  // namespace winnow

#endif  // WINNOW_OPS_ATTENTION_ATTENTION_H_
