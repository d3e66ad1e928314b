#include "addon/arguments.h"
#include "ops/attention/attention.h"

namespace winnow::addon {
namespace {

/// batch, heads, queries, keys, keyDim, valueDim, query, key, value, keyMask: Uint8Array [batch, keys] or [0], causal,
/// scale
AttentionArguments ReadAttention(Arguments& read) {
  AttentionArguments arguments;
  AttentionShape& s = arguments.shape;
  s.batch = read.Integer("batch", 0, kMaxAxis);
  s.heads = read.Integer("heads", 1, kMaxAxis);
  s.queries = read.Integer("queries", 0, kMaxAxis);
  s.keys = read.Integer("keys", 0, kMaxAxis);
  s.key_dim = read.Integer("keyDim", 0, kMaxAxis);
  s.value_dim = read.Integer("valueDim", 0, kMaxAxis);
  arguments.query = read.Floats("query", {s.batch, s.queries, s.heads, s.key_dim});
  arguments.key = read.Floats("key", {s.batch, s.keys, s.heads, s.key_dim});
  arguments.value = read.Floats("value", {s.batch, s.keys, s.heads, s.value_dim});
  const bool masked = read.Boolean("masked");
  const uint8_t* mask = read.Bytes("keyMask", {masked ? s.batch : 0, s.keys});
  arguments.key_mask = masked ? mask : nullptr;
  arguments.causal = static_cast<Causal>(read.Integer("causal", 0, 2));
  arguments.scale = read.Float("scale");
  return arguments;
}

/// attention(…, out: Float32Array, logSumExp: Float32Array [batch, heads, queries]): void
Napi::Value CallAttention(Arguments& read) {
  const AttentionArguments arguments = ReadAttention(read);
  const AttentionShape& s = arguments.shape;
  AttentionOutputs outputs;
  outputs.output = read.Floats("out", {s.batch, s.queries, s.heads, s.value_dim});
  outputs.log_sum_exp = read.Floats("logSumExp", {s.batch, s.heads, s.queries});
  return read.Done(Attention(arguments, read.Pool(), outputs));
}

/// attentionGrad(…, output, logSumExp, dOutput, dQuery, dKey, dValue): void
Napi::Value CallAttentionGrad(Arguments& read) {
  AttentionGradArguments arguments;
  arguments.forward = ReadAttention(read);
  const AttentionShape& s = arguments.forward.shape;
  arguments.output = read.Floats("output", {s.batch, s.queries, s.heads, s.value_dim});
  arguments.log_sum_exp = read.Floats("logSumExp", {s.batch, s.heads, s.queries});
  arguments.d_output = read.Floats("dOutput", {s.batch, s.queries, s.heads, s.value_dim});
  AttentionGradOutputs gradients;
  gradients.d_query = read.Floats("dQuery", {s.batch, s.queries, s.heads, s.key_dim});
  gradients.d_key = read.Floats("dKey", {s.batch, s.keys, s.heads, s.key_dim});
  gradients.d_value = read.Floats("dValue", {s.batch, s.keys, s.heads, s.value_dim});
  return read.Done(AttentionGrad(arguments, read.Pool(), gradients));
}

const Register kEntry({"attention", "attention", CallAttention});
const Register kGradEntry({"attentionGrad", "attentionGrad", CallAttentionGrad});

}  // namespace
}  // namespace winnow::addon
