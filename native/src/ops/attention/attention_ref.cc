#include <cmath>
#include <limits>
#include <vector>

#include "ops/attention/attention.h"

namespace winnow {
namespace {

bool Sees(const AttentionArguments& a, int64_t batch, int64_t query, int64_t key) {
  const AttentionShape& s = a.shape;
  if (a.key_mask != nullptr && a.key_mask[batch * s.keys + key] == 0) return false;
  if (a.causal == Causal::kNone) return true;
  return key <= query + (a.causal == Causal::kLowerRight ? s.keys - s.queries : 0);
}

/// The weights that a query gives the keys, and the log of their sum before they were divided by it.
double Weights(const AttentionArguments& a, int64_t batch, int64_t head, int64_t query, std::vector<double>* weights) {
  const AttentionShape& s = a.shape;
  const float* q = a.query + ((batch * s.queries + query) * s.heads + head) * s.key_dim;
  double most = -std::numeric_limits<double>::infinity();
  weights->assign(s.keys, 0);
  for (int64_t j = 0; j < s.keys; ++j) {
    if (!Sees(a, batch, query, j)) continue;
    const float* k = a.key + ((batch * s.keys + j) * s.heads + head) * s.key_dim;
    double sum = 0;
    for (int64_t c = 0; c < s.key_dim; ++c) sum += static_cast<double>(q[c]) * k[c];
    (*weights)[j] = sum * a.scale;
    most = std::fmax(most, (*weights)[j]);
  }
  double total = 0;
  for (int64_t j = 0; j < s.keys; ++j) {
    if (Sees(a, batch, query, j)) total += (*weights)[j] = std::exp((*weights)[j] - most);
  }
  if (total > 0) {
    for (double& weight : *weights) weight /= total;
  }
  return total > 0 ? most + std::log(total) : -std::numeric_limits<double>::infinity();
}

}  // namespace

Status AttentionReference(const AttentionArguments& arguments, const AttentionOutputs& outputs) {
  const AttentionShape& s = arguments.shape;
  std::vector<double> weights;
  for (int64_t batch = 0; batch < s.batch; ++batch) {
    for (int64_t head = 0; head < s.heads; ++head) {
      for (int64_t i = 0; i < s.queries; ++i) {
        const double log_sum_exp = Weights(arguments, batch, head, i, &weights);
        if (outputs.log_sum_exp != nullptr) {
          outputs.log_sum_exp[(batch * s.heads + head) * s.queries + i] = static_cast<float>(log_sum_exp);
        }
        for (int64_t c = 0; c < s.value_dim; ++c) {
          double sum = 0;
          for (int64_t j = 0; j < s.keys; ++j) {
            if (weights[j] == 0) continue;
            sum += weights[j] * arguments.value[((batch * s.keys + j) * s.heads + head) * s.value_dim + c];
          }
          outputs.output[((batch * s.queries + i) * s.heads + head) * s.value_dim + c] = static_cast<float>(sum);
        }
      }
    }
  }
  return {};
}

Status AttentionGradReference(const AttentionGradArguments& arguments, const AttentionGradOutputs& outputs) {
  const AttentionArguments& a = arguments.forward;
  const AttentionShape& s = a.shape;
  std::vector<double> d_query(s.batch * s.queries * s.heads * s.key_dim);
  std::vector<double> d_key(s.batch * s.keys * s.heads * s.key_dim);
  std::vector<double> d_value(s.batch * s.keys * s.heads * s.value_dim);
  std::vector<double> weights, d_weights(s.keys);
  for (int64_t batch = 0; batch < s.batch; ++batch) {
    for (int64_t head = 0; head < s.heads; ++head) {
      for (int64_t i = 0; i < s.queries; ++i) {
        Weights(a, batch, head, i, &weights);
        const int64_t query = ((batch * s.queries + i) * s.heads + head) * s.key_dim;
        const float* d_output = arguments.d_output + ((batch * s.queries + i) * s.heads + head) * s.value_dim;
        double mean = 0;
        for (int64_t j = 0; j < s.keys; ++j) {
          const int64_t value = ((batch * s.keys + j) * s.heads + head) * s.value_dim;
          d_weights[j] = 0;
          for (int64_t c = 0; c < s.value_dim; ++c) {
            d_value[value + c] += weights[j] * d_output[c];
            d_weights[j] += static_cast<double>(d_output[c]) * a.value[value + c];
          }
          mean += weights[j] * d_weights[j];
        }
        for (int64_t j = 0; j < s.keys; ++j) {
          const int64_t key = ((batch * s.keys + j) * s.heads + head) * s.key_dim;
          const double d_product = weights[j] * (d_weights[j] - mean) * a.scale;
          for (int64_t c = 0; c < s.key_dim; ++c) {
            d_query[query + c] += d_product * a.key[key + c];
            d_key[key + c] += d_product * a.query[query + c];
          }
        }
      }
    }
  }
  for (size_t i = 0; i < d_query.size(); ++i) outputs.d_query[i] = static_cast<float>(d_query[i]);
  for (size_t i = 0; i < d_key.size(); ++i) outputs.d_key[i] = static_cast<float>(d_key[i]);
  for (size_t i = 0; i < d_value.size(); ++i) outputs.d_value[i] = static_cast<float>(d_value[i]);
  return {};
}

}  // namespace winnow
