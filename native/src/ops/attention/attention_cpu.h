#ifndef WINNOW_OPS_ATTENTION_ATTENTION_CPU_H_
#define WINNOW_OPS_ATTENTION_ATTENTION_CPU_H_

#include <stdint.h>

#include "core/isa.h"

namespace winnow {

/// Keys in a block, and queries that meet a block at once: with heads of 64 the two blocks, their products and the
/// sums take some 100 KiB, less than half a level-2 cache.
constexpr int64_t kKeyBlock = 64;
constexpr int64_t kQueryBlock = 64;
/// Queries that one piece of work takes through all keys: enough that packing the keys costs little.
constexpr int64_t kQueryChunk = 128;
/// Up to so many queries are multiplied with the keys as they lie in memory, without packing them.
constexpr int64_t kFewQueries = 4;

/// Packed rows are a whole number of vectors on every instruction set.
constexpr int64_t PaddedDim(int64_t dim) { return (dim + 15) / 16 * 16; }

/// One head of one element of the batch. Strides are between tokens, in floats.
struct AttentionHead {
  const float* query;
  const float* key;
  const float* value;
  int64_t query_stride;
  int64_t key_stride;
  int64_t value_stride;
  int64_t key_dim;
  int64_t value_dim;
  float scale;
  int64_t queries;
  /// How many keys the mask leaves, and which, rising; null for all.
  int64_t keys;
  const int32_t* kept;
  /// [queries]: a query sees the first limits[i] of the kept keys; null: all of them.
  const int32_t* limits;
};

struct AttentionHeadOutputs {
  float* output;
  int64_t output_stride;
  /// [queries], or null.
  float* log_sum_exp;
};

struct AttentionHeadGrad {
  const float* output;
  const float* d_output;
  int64_t output_stride;
  const float* log_sum_exp;
  /// Strides as those of query, key and value. d_key and d_value hold zeros for keys that are not kept.
  float* d_query;
  float* d_key;
  float* d_value;
};

/// Floats of scratch for the queries [begin, end) of `forward`: query, key, value, products, sums, and three numbers a
/// query.
constexpr int64_t ForwardScratch(const AttentionHead& head) {
  return kQueryChunk * (head.key_dim + PaddedDim(head.value_dim) + 3) +
         kKeyBlock * (head.key_dim + PaddedDim(head.value_dim) + kQueryBlock) + PaddedDim(head.keys) + 64;
}

/// Of `backward`: query, its gradient, d_output and two numbers for every query; key twice, value, and their gradients;
/// two blocks of products.
constexpr int64_t BackwardScratch(const AttentionHead& head) {
  const int64_t key_dim = PaddedDim(head.key_dim), value_dim = PaddedDim(head.value_dim);
  return head.queries * (2 * key_dim + value_dim + 2) + kKeyBlock * (3 * key_dim + 2 * value_dim + 2 * kQueryBlock) +
         64;
}

/// The kernel bodies; every instruction set has this table.
struct AttentionKernels {
  /// The queries [begin, end), kQueryChunk at most.
  void (*forward)(const AttentionHead& head, int64_t begin, int64_t end, float* scratch,
                  const AttentionHeadOutputs& outputs);
  void (*backward)(const AttentionHead& head, const AttentionHeadGrad& gradient, float* scratch);
};

WINNOW_DECLARE_VARIANTS(AttentionKernels, kAttentionKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_ATTENTION_ATTENTION_CPU_H_
