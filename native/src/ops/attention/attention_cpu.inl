// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/gemm/gemm_tiles.h"
#include "ops/attention/attention_cpu.h"
#include "ops/attention/attention_packing.h"
#include "ops/attention/attention_softmax.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

constexpr float kNone = -__builtin_inff();

WINNOW_INLINE int64_t Least(int64_t a, int64_t b) { return a < b ? a : b; }
WINNOW_INLINE int64_t Limit(const AttentionHead& head, int64_t query) {
  return head.limits == nullptr ? head.keys : head.limits[query];
}
/// Limits rise with the queries, so the last one's is the largest.
WINNOW_INLINE int64_t Width(int64_t columns) { return (columns + kLanes - 1) / kLanes * kLanes; }
/// How many of a block's keys a query sees.
WINNOW_INLINE int64_t Seen(const AttentionHead& head, int64_t query, int64_t key, int64_t block) {
  const int64_t seen = Limit(head, query) - key;
  return seen < 0 ? 0 : Least(seen, block);
}

void WriteLogSumExp(float most, float sum, float* to) { *to = sum > 0 ? most + __builtin_logf(sum) : kNone; }

/// The dot product of `count` numbers.
WINNOW_INLINE float Dot(const float* a, const float* b, int64_t count) {
  F32 sum = {};
  int64_t c = 0;
  for (; c + kLanes <= count; c += kLanes) sum = MultiplyAdd(Load<F32>(a + c), Load<F32>(b + c), sum);
  float rest = 0;
  for (; c < count; ++c) rest += a[c] * b[c];
  return SumOfLanes(sum) + rest;
}

/// kVectors vectors of the sum of the values by their weights, from column c on, times `inverse`.
template <int kVectors>
WINNOW_INLINE void WeightedSum(const AttentionHead& head, const float* weights, int64_t keys, int64_t c, float inverse,
                               float* output) {
  F32 sum[kVectors] = {};
  for (int64_t j = 0; j < keys; ++j) {
    const float* value = head.value + KeptRow(head.kept, j) * head.value_stride + c;
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      sum[v] = MultiplyAdd(Broadcast(weights[j]), Load<F32>(value + v * kLanes), sum[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) Store(output + c + v * kLanes, sum[v] * Broadcast(inverse));
}

/// One query against all keys as they lie in memory: packing them would cost more than the products.
void ForwardOne(const AttentionHead& head, int64_t query, float* products, const AttentionHeadOutputs& outputs) {
  const int64_t keys = Limit(head, query);
  float* const output = outputs.output + query * outputs.output_stride;
  const float* const q = head.query + query * head.query_stride;
  for (int64_t j = 0; j < keys; ++j) {
    products[j] = head.scale * Dot(q, head.key + KeptRow(head.kept, j) * head.key_stride, head.key_dim);
  }
  const float most = keys > 0 ? LargestOfRow(products, keys) : 0;
  const float sum = ExpOfRow(products, keys, Width(keys), most);
  const float inverse = keys > 0 ? 1 / sum : 0;
  int64_t c = 0;
  for (; c + 4 * kLanes <= head.value_dim; c += 4 * kLanes) WeightedSum<4>(head, products, keys, c, inverse, output);
  for (; c + kLanes <= head.value_dim; c += kLanes) WeightedSum<1>(head, products, keys, c, inverse, output);
  for (; c < head.value_dim; ++c) {
    float total = 0;
    for (int64_t j = 0; j < keys; ++j) {
      total += products[j] * head.value[KeptRow(head.kept, j) * head.value_stride + c];
    }
    output[c] = total * inverse;
  }
  if (outputs.log_sum_exp != nullptr) WriteLogSumExp(most, sum, outputs.log_sum_exp + query);
}

void Forward(const AttentionHead& head, int64_t begin, int64_t end, float* scratch,
             const AttentionHeadOutputs& outputs) {
  if (end - begin <= kFewQueries) {
    for (int64_t query = begin; query < end; ++query) ForwardOne(head, query, scratch, outputs);
    return;
  }
  const int64_t value_dim = PaddedDim(head.value_dim), count = end - begin;
  float* const values = scratch;
  float* const sums = values + kKeyBlock * value_dim;
  float* const products = sums + kQueryChunk * value_dim;
  float* const keys = products + kQueryBlock * kKeyBlock;
  float* const queries = keys + kKeyBlock * head.key_dim;
  float* const most = queries + kQueryChunk * head.key_dim;
  float* const total = most + kQueryChunk;
  PackRows(head.query, head.query_stride, nullptr, begin, end, head.key_dim, head.key_dim, head.scale, queries);
  for (int64_t i = 0; i < count; ++i) {
    most[i] = kNone;
    total[i] = 0;
  }
  for (int64_t i = 0; i < count * value_dim; ++i) sums[i] = 0;

  const int64_t all = Limit(head, end - 1);
  for (int64_t key = 0; key < all; key += kKeyBlock) {
    const int64_t block = Least(kKeyBlock, all - key);
    PackColumns<kKeyBlock>(head.key, head.key_stride, head.kept, key, key + block, head.key_dim, Width(block), keys);
    PackRows(head.value, head.value_stride, head.kept, key, key + block, head.value_dim, value_dim, 1, values);
    for (int64_t first = 0; first < count; first += kQueryBlock) {
      const int64_t rows = Least(kQueryBlock, count - first);
      const int64_t columns = Seen(head, begin + first + rows - 1, key, block);
      if (columns == 0) continue;
      MultiplyMatrices({queries + first * head.key_dim, head.key_dim, false}, rows, head.key_dim, keys, kKeyBlock,
                       Width(columns), products, kKeyBlock, false);
      for (int64_t row = 0; row < rows; ++row) {
        const int64_t i = first + row, seen = Seen(head, begin + i, key, block);
        float* const weights = products + row * kKeyBlock;
        if (seen == 0) {
          for (int64_t j = 0; j < columns; ++j) weights[j] = 0;
          continue;
        }
        const float largest = LargestOfRow(weights, seen);
        const float shift = largest > most[i] ? largest : most[i];
        if (key > 0 && shift > most[i]) {
          const float factor = ScalarExp(most[i] - shift);
          total[i] *= factor;
          float* const sum = sums + i * value_dim;
          for (int64_t c = 0; c < value_dim; c += kLanes) Store(sum + c, Load<F32>(sum + c) * Broadcast(factor));
        }
        most[i] = shift;
        total[i] += ExpOfRow(weights, seen, Width(columns), shift);
      }
      MultiplyMatrices({products, kKeyBlock, false}, rows, columns, values, value_dim, value_dim,
                       sums + first * value_dim, value_dim, true);
    }
  }
  for (int64_t i = 0; i < count; ++i) {
    // A query that sees no key has sums of 0.
    const float inverse = Limit(head, begin + i) > 0 ? 1 / total[i] : 0;
    UnpackRows(sums + i * value_dim, value_dim, nullptr, begin + i, begin + i + 1, head.value_dim, inverse,
               outputs.output, outputs.output_stride);
    if (outputs.log_sum_exp != nullptr) WriteLogSumExp(most[i], total[i], outputs.log_sum_exp + begin + i);
  }
}

/// weights = e^(products - log_sum_exp), and d_weights becomes weights * (d_weights - mean), both 0 from `seen` on.
void GradientOfRow(float* products, float* d_weights, int64_t seen, int64_t width, float log_sum_exp, float mean) {
  for (int64_t j = 0; j < width; j += kLanes) {
    F32 weight = {}, d_product = {};
    if (j < seen) {
      weight = ExpOfNegative(Load<F32>(products + j) - Broadcast(log_sum_exp));
      d_product = weight * (Load<F32>(d_weights + j) - Broadcast(mean));
      if (j + kLanes > seen) {
        weight = KeepFirst(weight, seen - j, F32{});
        d_product = KeepFirst(d_product, seen - j, F32{});
      }
    }
    Store(products + j, weight);
    Store(d_weights + j, d_product);
  }
}

void Backward(const AttentionHead& head, const AttentionHeadGrad& gradient, float* scratch) {
  const int64_t key_dim = PaddedDim(head.key_dim), value_dim = PaddedDim(head.value_dim);
  float* const queries = scratch;
  float* const d_queries = queries + head.queries * key_dim;
  float* const d_outputs = d_queries + head.queries * key_dim;
  float* const keys = d_outputs + head.queries * value_dim;
  float* const d_keys = keys + kKeyBlock * key_dim;
  float* const d_values = d_keys + kKeyBlock * key_dim;
  float* const key_columns = d_values + kKeyBlock * value_dim;
  float* const value_columns = key_columns + kKeyBlock * key_dim;
  float* const products = value_columns + kKeyBlock * value_dim;
  float* const d_weights = products + kQueryBlock * kKeyBlock;
  float* const means = d_weights + kQueryBlock * kKeyBlock;

  PackRows(head.query, head.query_stride, nullptr, 0, head.queries, head.key_dim, key_dim, head.scale, queries);
  PackRows(gradient.d_output, gradient.output_stride, nullptr, 0, head.queries, head.value_dim, value_dim, 1,
           d_outputs);
  for (int64_t i = 0; i < head.queries; ++i) {
    means[i] = Dot(d_outputs + i * value_dim, gradient.output + i * gradient.output_stride, head.value_dim);
  }
  for (int64_t i = 0; i < head.queries * key_dim; ++i) d_queries[i] = 0;

  for (int64_t key = 0; key < head.keys; key += kKeyBlock) {
    const int64_t block = Least(kKeyBlock, head.keys - key);
    PackRows(head.key, head.key_stride, head.kept, key, key + block, head.key_dim, key_dim, 1, keys);
    PackColumns<kKeyBlock>(keys, key_dim, nullptr, 0, block, head.key_dim, Width(block), key_columns);
    PackColumns<kKeyBlock>(head.value, head.value_stride, head.kept, key, key + block, head.value_dim, Width(block),
                           value_columns);
    for (int64_t i = 0; i < block * key_dim; ++i) d_keys[i] = 0;
    for (int64_t i = 0; i < block * value_dim; ++i) d_values[i] = 0;
    for (int64_t first = 0; first < head.queries; first += kQueryBlock) {
      const int64_t rows = Least(kQueryBlock, head.queries - first);
      const int64_t columns = Seen(head, first + rows - 1, key, block), width = Width(columns);
      if (columns == 0) continue;
      const float* const q = queries + first * key_dim;
      const float* const d_output = d_outputs + first * value_dim;
      MultiplyMatrices({q, key_dim, false}, rows, head.key_dim, key_columns, kKeyBlock, width, products, kKeyBlock,
                       false);
      MultiplyMatrices({d_output, value_dim, false}, rows, head.value_dim, value_columns, kKeyBlock, width, d_weights,
                       kKeyBlock, false);
      for (int64_t row = 0; row < rows; ++row) {
        const int64_t i = first + row;
        GradientOfRow(products + row * kKeyBlock, d_weights + row * kKeyBlock, Seen(head, i, key, block), width,
                      gradient.log_sum_exp[i], means[i]);
      }
      MultiplyMatrices({products, kKeyBlock, true}, columns, rows, d_output, value_dim, value_dim, d_values, value_dim,
                       true);
      MultiplyMatrices({d_weights, kKeyBlock, true}, columns, rows, q, key_dim, key_dim, d_keys, key_dim, true);
      MultiplyMatrices({d_weights, kKeyBlock, false}, rows, columns, keys, key_dim, key_dim,
                       d_queries + first * key_dim, key_dim, true);
    }
    // The queries are scaled already.
    UnpackRows(d_keys, key_dim, head.kept, key, key + block, head.key_dim, 1, gradient.d_key, head.key_stride);
    UnpackRows(d_values, value_dim, head.kept, key, key + block, head.value_dim, 1, gradient.d_value,
               head.value_stride);
  }
  UnpackRows(d_queries, key_dim, nullptr, 0, head.queries, head.key_dim, head.scale, gradient.d_query,
             head.query_stride);
}

}  // namespace

const AttentionKernels kAttentionKernels = {Forward, Backward};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
