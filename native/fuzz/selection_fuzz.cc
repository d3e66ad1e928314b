// libFuzzer target: shapes, weights, counts, drop rates, starting thresholds and patterns from the fuzzer's bytes go to
// targeted dropout, its gradient, top-k masks and ranks. What is out of range must be refused; everything else must
// equal the references bit for bit, on every instruction set, without a write beyond the end (AddressSanitizer
// watches).
//
//   CXX=clang++ cmake -S native -B native/build-fuzz -DWINNOW_FUZZ=ON && cmake --build native/build-fuzz
//   native/build-fuzz/selection_fuzz -max_total_time=600 -max_len=1024 -len_control=0
#include <cmath>
#include <cstdint>
#include <vector>

#include "bytes.h"
#include "core/isa.h"
#include "core/thread_pool.h"
#include "ops/rank_mask/rank_mask.h"
#include "ops/targeted_dropout/targeted_dropout.h"
#include "ops/topk_mask/topk_mask.h"

namespace winnow {
namespace {

/// Bits, so that zeros of both signs differ.
std::vector<uint32_t> BitsOf(const std::vector<float>& values) {
  std::vector<uint32_t> bits(values.size());
  if (!values.empty()) std::memcpy(bits.data(), values.data(), values.size() * sizeof(float));
  return bits;
}

/// Weights of one of three kinds: a few values with many ties, all different, or mostly zeros.
std::vector<float> Weights(Bytes& bytes, int64_t count) {
  std::vector<float> weights = Floats(bytes, count);
  const uint8_t kind = bytes.Next() % 3;
  for (int64_t i = 0; i < count; ++i) {
    if (kind == 1) weights[i] += static_cast<float>(i * 2654435761u % 4099) / 4099.0f;
    if (kind == 2 && i % 5 != 0) weights[i] = i % 2 ? 0.0f : -0.0f;
  }
  return weights;
}

struct DropoutResult {
  bool ok;
  std::vector<uint32_t> output, kept, scaled, gradient;

  bool operator==(const DropoutResult& other) const {
    if (ok != other.ok) return false;
    return !ok ||
           (output == other.output && kept == other.kept && scaled == other.scaled && gradient == other.gradient);
  }
};

template <typename Forward, typename Backward>
DropoutResult Dropout(const TargetedDropoutArguments& arguments, Forward&& forward, Backward&& backward) {
  const int64_t size = arguments.kernel.size();
  std::vector<float> output(size), dx(size);
  std::vector<uint32_t> kept((size + 31) / 32), scaled(kept.size());
  std::vector<int32_t> thresholds(arguments.kernel.units);
  DropoutResult result = {};
  result.ok = forward(TargetedDropoutOutputs{output.data(), kept.data(), scaled.data(), thresholds.data()}).ok();
  if (!result.ok) return result;
  const TargetedDropoutGradArguments gradient = {arguments.kernel.data, kept.data(), scaled.data(), arguments.scale,
                                                 size};
  Require(backward(gradient, dx.data()).ok());
  return {true, BitsOf(output), kept, scaled, BitsOf(dx)};
}

void FuzzDropout(Bytes& bytes, const KernelMatrix& kernel, Granularity granularity, ParallelFor& pool) {
  const int64_t most = granularity == Granularity::kWeight ? kernel.fan_in : kernel.units;
  TargetedDropoutArguments arguments = {};
  arguments.kernel = kernel;
  arguments.granularity = granularity;
  arguments.coin = bytes.Next() % 2 ? Coin::kWeight : Coin::kUnit;
  arguments.count = bytes.Below(most + 3) - 1;
  arguments.drop_threshold = static_cast<uint32_t>(bytes.Next()) * ((kAlways >> 8) + 5) + bytes.Next();
  arguments.draws = {{bytes.Next(), bytes.Next()}, bytes.Next(), bytes.Next()};
  arguments.rescale = bytes.Next() % 2;
  arguments.scale = arguments.rescale ? 2.0f : 1.0f;
  std::vector<int32_t> start(kernel.units);
  for (int32_t& value : start) value = static_cast<int32_t>(bytes.Next() * 0x1010101u);

  const DropoutResult expected = Dropout(
      arguments, [&](const auto& outputs) { return TargetedDropoutReference(arguments, outputs); },
      [&](const auto& gradient, float* dx) { return TargetedDropoutGradReference(gradient, dx); });
  Require(expected.ok || arguments.count < 0 || arguments.count > most || arguments.drop_threshold > kAlways || [&] {
    for (int64_t i = 0; i < kernel.size(); ++i) {
      if (std::isnan(kernel.data[i])) return true;
    }
    return false;
  }());
  for (Isa isa : kIsas) {
    if (!IsaSupported(isa)) continue;
    const ScopedIsa forced(isa);
    for (const int32_t* begin : {static_cast<const int32_t*>(nullptr), static_cast<const int32_t*>(start.data())}) {
      arguments.start = begin;
      const DropoutResult actual = Dropout(
          arguments, [&](const auto& outputs) { return TargetedDropout(arguments, pool, outputs); },
          [&](const auto& gradient, float* dx) { return TargetedDropoutGrad(gradient, pool, dx); });
      Require(actual == expected);
    }
  }
}

void FuzzMasks(Bytes& bytes, const KernelMatrix& kernel, Granularity granularity, ParallelFor& pool) {
  const int64_t most = granularity == Granularity::kWeight ? kernel.fan_in : kernel.units;
  const TopKMaskArguments topk = {kernel, granularity, bytes.Below(most + 3) - 1};
  RankRule rule = {};
  rule.scope = static_cast<RankScope>(bytes.Next() % kRankScopes);
  rule.by_magnitude = bytes.Next() % 2;
  rule.block_rows = 1 + bytes.Below(9);
  rule.block_columns = 1 + bytes.Below(9);
  const int64_t ranked = rule.scope == RankScope::kColumn  ? kernel.fan_in
                         : rule.scope == RankScope::kLayer ? kernel.size()
                         : rule.scope == RankScope::kBlock ? BlockCountOf(kernel, rule)
                                                           : 0;
  const int64_t count = ranked == 0 ? 0 : bytes.Below(ranked + 2);
  rule.global_count = rule.scope == RankScope::kGlobal ? bytes.Below(2 * kernel.size() + 2) : 0;
  std::vector<uint8_t> expected(kernel.size()), first(kernel.size()), second(kernel.size());
  const bool topk_ok = TopKMaskReference(topk, expected.data()).ok();
  int64_t failed = 0;
  const bool rank_ok =
      RankMaskReference({{kernel, count, first.data()}, {kernel, count, second.data()}}, rule, &failed).ok();
  for (Isa isa : kIsas) {
    if (!IsaSupported(isa)) continue;
    const ScopedIsa forced(isa);
    std::vector<uint8_t> mask(kernel.size()), one(kernel.size()), two(kernel.size());
    Require(TopKMask(topk, pool, mask.data()).ok() == topk_ok && (!topk_ok || mask == expected));
    Require(RankMask({{kernel, count, one.data()}, {kernel, count, two.data()}}, rule, pool, &failed).ok() == rank_ok);
    Require(!rank_ok || (one == first && two == second));
  }
}

void Run(Bytes& bytes) {
  static ThreadPool pool(2);
  const int64_t fan_in = bytes.Below(bytes.Next() % 8 == 0 ? 1200 : 90), units = bytes.Below(70);
  const std::vector<float> weights = Weights(bytes, fan_in * units);
  const KernelMatrix kernel = {weights.data(), fan_in, units};
  const Granularity granularity = bytes.Next() % 3 ? Granularity::kWeight : Granularity::kUnit;
  FuzzDropout(bytes, kernel, granularity, pool);
  FuzzMasks(bytes, kernel, granularity, pool);
}

}  // namespace
}  // namespace winnow

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  winnow::Bytes bytes(data, size);
  winnow::Run(bytes);
  return 0;
}
