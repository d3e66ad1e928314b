#include "ops/attention/attention_cpu.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <vector>

#include "core/float_environment.h"
#include "core/scratch.h"
#include "ops/attention/attention.h"

namespace winnow {
namespace {

constexpr IsaVariants<AttentionKernels> kVariants = WINNOW_VARIANTS(kAttentionKernels);

/// Which keys a query sees, as the kernels want it.
class Visibility {
 public:
  explicit Visibility(const AttentionArguments& arguments) : shape_(arguments.shape) {
    if (arguments.key_mask != nullptr) ListKept(arguments.key_mask);
    if (arguments.causal != Causal::kNone) {
      FindLimits(arguments.causal == Causal::kLowerRight ? shape_.keys - shape_.queries : 0);
    }
  }

  void Describe(int64_t batch, AttentionHead* head) const {
    const bool masked = !counts_.empty();
    head->keys = masked ? counts_[batch] : shape_.keys;
    head->kept = masked ? kept_.data() + batch * shape_.keys : nullptr;
    head->limits = limits_.empty() ? nullptr : limits_.data() + (masked ? batch * shape_.queries : 0);
  }

 private:
  void ListKept(const uint8_t* mask) {
    kept_.resize(shape_.batch * shape_.keys);
    counts_.resize(shape_.batch);
    for (int64_t batch = 0; batch < shape_.batch; ++batch) {
      int32_t* to = kept_.data() + batch * shape_.keys;
      for (int64_t key = 0; key < shape_.keys; ++key) {
        if (mask[batch * shape_.keys + key] != 0) to[counts_[batch]++] = static_cast<int32_t>(key);
      }
    }
  }

  /// limits[i]: how many (kept) keys lie at i + diagonal or before.
  void FindLimits(int64_t diagonal) {
    const bool masked = !counts_.empty();
    limits_.resize((masked ? shape_.batch : 1) * shape_.queries);
    for (size_t at = 0; at < limits_.size(); ++at) {
      const int64_t batch = at / shape_.queries, last = at % shape_.queries + diagonal;
      if (masked) {
        const int32_t* const kept = kept_.data() + batch * shape_.keys;
        limits_[at] = static_cast<int32_t>(std::upper_bound(kept, kept + counts_[batch], last) - kept);
      } else {
        limits_[at] = static_cast<int32_t>(std::clamp<int64_t>(last + 1, 0, shape_.keys));
      }
    }
  }

  const AttentionShape& shape_;
  std::vector<int32_t> kept_;
  std::vector<int64_t> counts_;
  std::vector<int32_t> limits_;
};

AttentionHead HeadOf(const AttentionArguments& arguments, const Visibility& visibility, int64_t batch, int64_t index) {
  const AttentionShape& s = arguments.shape;
  AttentionHead head;
  head.query_stride = s.heads * s.key_dim;
  head.key_stride = s.heads * s.key_dim;
  head.value_stride = s.heads * s.value_dim;
  head.query = arguments.query + batch * s.queries * head.query_stride + index * s.key_dim;
  head.key = arguments.key + batch * s.keys * head.key_stride + index * s.key_dim;
  head.value = arguments.value + batch * s.keys * head.value_stride + index * s.value_dim;
  head.key_dim = s.key_dim;
  head.value_dim = s.value_dim;
  head.scale = arguments.scale;
  head.queries = s.queries;
  visibility.Describe(batch, &head);
  return head;
}

/// Cycles of `queries` of a head for `products` matrix products, roughly. In double: of heads without dimensions there
/// may be any number of keys.
int64_t Cost(const AttentionShape& s, int64_t queries, int64_t products) {
  const double pairs = static_cast<double>(queries) * static_cast<double>(s.keys);
  const double cycles = 1000 + pairs * static_cast<double>(products * (s.key_dim + s.value_dim) / 32 + 2);
  return static_cast<int64_t>(std::min(cycles, 1e15));
}

}  // namespace

Status Attention(const AttentionArguments& arguments, ParallelFor& parallel_for, const AttentionOutputs& outputs) try {
  const AttentionShape& s = arguments.shape;
  WINNOW_RETURN_IF_ERROR(CheckAttention(s));
  const AttentionKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  // Sizes of nothing are not bounded by any array's length.
  if (s.batch * s.heads * s.queries == 0) return {};
  const Visibility visibility(arguments);
  const int64_t chunks = (s.queries + kQueryChunk - 1) / kQueryChunk;
  std::atomic<bool> out_of_memory{false};
  parallel_for.Run(
      s.batch * s.heads * chunks, Cost(s, std::min(s.queries, kQueryChunk), 1), [&](int64_t begin, int64_t end) {
        const ScopedIeeeFloats ieee;
        AttentionHead head = {};
        head.key_dim = s.key_dim;
        head.value_dim = s.value_dim;
        head.keys = s.keys;
        const Scratch<float> scratch(ForwardScratch(head));
        if (scratch.data() == nullptr) return out_of_memory.store(true, std::memory_order_relaxed);
        for (int64_t piece = begin; piece < end; ++piece) {
          const int64_t chunk = piece % chunks, index = piece / chunks % s.heads, batch = piece / chunks / s.heads;
          head = HeadOf(arguments, visibility, batch, index);
          AttentionHeadOutputs to;
          to.output_stride = s.heads * s.value_dim;
          to.output = outputs.output + batch * s.queries * to.output_stride + index * s.value_dim;
          to.log_sum_exp =
              outputs.log_sum_exp == nullptr ? nullptr : outputs.log_sum_exp + (batch * s.heads + index) * s.queries;
          const int64_t first = chunk * kQueryChunk;
          kernels->forward(head, first, std::min(s.queries, first + kQueryChunk), scratch.data(), to);
        }
      });
  return out_of_memory.load(std::memory_order_relaxed) ? OutOfMemory() : Status();
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

Status AttentionGrad(const AttentionGradArguments& arguments, ParallelFor& parallel_for,
                     const AttentionGradOutputs& outputs) try {
  const AttentionArguments& forward = arguments.forward;
  const AttentionShape& s = forward.shape;
  WINNOW_RETURN_IF_ERROR(CheckAttention(s));
  const AttentionKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  if (forward.key_mask != nullptr || s.queries == 0) {
    std::fill_n(outputs.d_key, s.batch * s.keys * s.heads * s.key_dim, 0.0f);
    std::fill_n(outputs.d_value, s.batch * s.keys * s.heads * s.value_dim, 0.0f);
  }
  if (s.batch * s.heads * s.queries == 0) return {};
  const Visibility visibility(forward);
  std::atomic<bool> out_of_memory{false};
  parallel_for.Run(s.batch * s.heads, Cost(s, s.queries, 3), [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    AttentionHead head = {};
    head.key_dim = s.key_dim;
    head.value_dim = s.value_dim;
    head.queries = s.queries;
    const Scratch<float> scratch(BackwardScratch(head));
    if (scratch.data() == nullptr) return out_of_memory.store(true, std::memory_order_relaxed);
    for (int64_t piece = begin; piece < end; ++piece) {
      const int64_t index = piece % s.heads, batch = piece / s.heads;
      head = HeadOf(forward, visibility, batch, index);
      AttentionHeadGrad gradient;
      gradient.output_stride = s.heads * s.value_dim;
      const int64_t output = batch * s.queries * gradient.output_stride + index * s.value_dim;
      gradient.output = arguments.output + output;
      gradient.d_output = arguments.d_output + output;
      gradient.log_sum_exp = arguments.log_sum_exp + piece * s.queries;
      gradient.d_query = outputs.d_query + (head.query - forward.query);
      gradient.d_key = outputs.d_key + (head.key - forward.key);
      gradient.d_value = outputs.d_value + (head.value - forward.value);
      kernels->backward(head, gradient, scratch.data());
    }
  });
  return out_of_memory.load(std::memory_order_relaxed) ? OutOfMemory() : Status();
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
