#include "ops/attention/attention.h"

#include "core/testing.h"
#include "core/thread_pool.h"

namespace winnow {
namespace {

class AttentionTest : public testing::EveryIsa {};

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A call that owns its arrays.
struct Call {
  std::string name;
  AttentionArguments arguments = {};
  std::vector<float> query, key, value, d_output;
  std::vector<uint8_t> mask;

  Call(const AttentionShape& s, Causal causal, bool masked, float spread = 1) {
    std::mt19937 random(static_cast<uint32_t>(s.queries * 31 + s.keys * 7 + s.key_dim));
    std::normal_distribution<float> normal(0, spread);
    const auto fill = [&](int64_t count, std::vector<float>* to) {
      to->resize(count);
      for (float& x : *to) x = normal(random);
    };
    fill(s.batch * s.queries * s.heads * s.key_dim, &query);
    fill(s.batch * s.keys * s.heads * s.key_dim, &key);
    fill(s.batch * s.keys * s.heads * s.value_dim, &value);
    fill(s.batch * s.queries * s.heads * s.value_dim, &d_output);
    if (masked) {
      mask.resize(s.batch * s.keys + 1);
      // Of the last element of the batch no key is left; of the others a random part.
      for (int64_t i = 0; i < s.batch * s.keys; ++i) mask[i] = i / s.keys + 1 < s.batch && random() % 3 != 0;
    }
    arguments = {s, query.data(), key.data(), value.data(), masked ? mask.data() : nullptr, causal, 0.37f};
    name = std::to_string(s.batch) + "x" + std::to_string(s.heads) + " " + std::to_string(s.queries) + "x" +
           std::to_string(s.keys) + " " + std::to_string(s.key_dim) + "/" + std::to_string(s.value_dim) + " causal " +
           std::to_string(static_cast<int>(causal)) + (masked ? " masked" : "");
  }
};

struct Results {
  std::vector<float> output, log_sum_exp, d_query, d_key, d_value;

  /// One more element each, to see writes beyond the end.
  explicit Results(const Call& call)
      : output(call.d_output.size() + 1, 77),
        log_sum_exp(call.arguments.shape.batch * call.arguments.shape.heads * call.arguments.shape.queries + 1, 77),
        d_query(call.query.size() + 1, 77),
        d_key(call.key.size() + 1, 77),
        d_value(call.value.size() + 1, 77) {}

  AttentionOutputs outputs() { return {output.data(), log_sum_exp.data()}; }
  AttentionGradOutputs gradients() { return {d_query.data(), d_key.data(), d_value.data()}; }
  std::vector<std::vector<float>*> all() { return {&output, &log_sum_exp, &d_query, &d_key, &d_value}; }
};

Results Compute(const Call& call, ParallelFor& parallel_for) {
  Results results(call);
  EXPECT_TRUE(Attention(call.arguments, parallel_for, results.outputs()).ok());
  EXPECT_TRUE(AttentionGrad({call.arguments, results.output.data(), results.log_sum_exp.data(), call.d_output.data()},
                            parallel_for, results.gradients())
                  .ok());
  return results;
}

Results ComputeReference(const Call& call) {
  Results results(call);
  EXPECT_TRUE(AttentionReference(call.arguments, results.outputs()).ok());
  EXPECT_TRUE(
      AttentionGradReference({call.arguments, results.output.data(), results.log_sum_exp.data(), call.d_output.data()},
                             results.gradients())
          .ok());
  return results;
}

void ExpectClose(Results actual, Results expected, float tolerance, const std::string& what) {
  constexpr const char* kNames[] = {"output", "log_sum_exp", "d_query", "d_key", "d_value"};
  for (size_t part = 0; part < 5; ++part) {
    const std::vector<float>&a = *actual.all()[part], &b = *expected.all()[part];
    float scale = 1;
    for (float x : b) scale = std::isfinite(x) && x != 77 ? std::fmax(scale, std::fabs(x)) : scale;
    for (size_t i = 0; i < b.size(); ++i) {
      if (a[i] == b[i]) continue;
      ASSERT_LE(std::fabs(a[i] - b[i]), tolerance * scale) << what << ", " << kNames[part] << "[" << i << "]";
    }
  }
}

const std::vector<AttentionShape>& Shapes() {
  static const std::vector<AttentionShape> shapes = {
      {0, 1, 3, 3, 4, 4},      {1, 1, 0, 5, 4, 4},     {2, 2, 3, 0, 4, 4},     {2, 1, 7, 0, 4, 4},
      {1, 1, 1, 1, 1, 1},      {2, 3, 1, 33, 16, 16},  {2, 1, 1, 200, 64, 64}, {2, 2, 4, 19, 33, 5},
      {2, 2, 5, 17, 31, 17},   {3, 4, 32, 32, 32, 32}, {2, 2, 31, 65, 8, 24},  {2, 1, 65, 31, 48, 100},
      {2, 1, 130, 70, 64, 64}, {1, 2, 64, 64, 0, 8},   {1, 2, 16, 16, 8, 0},   {2, 1, 129, 200, 128, 128},
      {1, 1, 300, 257, 20, 12}};
  return shapes;
}

TEST_P(AttentionTest, EqualsTheReference) {
  ThreadPool pool(2);
  for (const AttentionShape& shape : Shapes()) {
    for (Causal causal : {Causal::kNone, Causal::kUpperLeft, Causal::kLowerRight}) {
      for (bool masked : {false, true}) {
        const Call call(shape, causal, masked);
        ExpectClose(Compute(call, pool), ComputeReference(call), 5e-6f, call.name);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(AttentionTest, KeepsPrecisionWithLargeProducts) {
  // Weights of nearly 0 and 1, products of some hundreds: a softmax without the largest product would overflow.
  ThreadPool pool(2);
  for (const AttentionShape& shape : {AttentionShape{1, 2, 100, 150, 64, 16}, AttentionShape{1, 2, 2, 150, 64, 16}}) {
    const Call call(shape, Causal::kNone, false, 6);
    ExpectClose(Compute(call, pool), ComputeReference(call), 1e-3f, call.name);
  }
}

TEST_P(AttentionTest, IsEqualForEveryNumberOfThreads) {
  const Call call({3, 3, 140, 150, 24, 24}, Causal::kLowerRight, true);
  SerialFor serial;
  Results expected = Compute(call, serial);
  for (int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    Results actual = Compute(call, pool);
    for (size_t part = 0; part < 5; ++part) {
      EXPECT_EQ(testing::BitsOf(*actual.all()[part]), testing::BitsOf(*expected.all()[part])) << threads;
    }
  }
}

TEST_P(AttentionTest, GivesZerosWhereNoKeyIsSeen) {
  // Lower right with more queries than keys: the first three see nothing. Of the second element no key is left.
  SerialFor serial;
  Call call({2, 1, 8, 5, 16, 16}, Causal::kLowerRight, true);
  call.mask = {1, 1, 1, 1, 1, 0, 0, 0, 0, 0};
  call.arguments.key_mask = call.mask.data();
  const Results results = Compute(call, serial);
  for (int64_t i = 0; i < 3 * 16; ++i) EXPECT_EQ(results.output[i], 0);
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(results.log_sum_exp[i], -kInfinity);
  EXPECT_NE(results.output[3 * 16], 0);
  for (int64_t i = 8 * 16; i < 16 * 16; ++i) EXPECT_EQ(results.output[i], 0);
  for (int64_t i = 0; i < 3 * 16; ++i) EXPECT_EQ(results.d_query[i], 0);
  for (int64_t i = 5 * 16; i < 10 * 16; ++i) EXPECT_EQ(results.d_key[i], 0);
}

TEST_P(AttentionTest, DoesNotReadMaskedKeys) {
  SerialFor serial;
  for (int64_t queries : {2, 20}) {
    Call call({1, 2, queries, 70, 16, 16}, Causal::kNone, true);
    for (int64_t key = 0; key < 70; ++key) call.mask[key] = key % 3 != 1;
    Results expected = Compute(call, serial);
    for (int64_t key = 1; key < 70; key += 3) {
      std::fill_n(call.key.data() + key * 32, 32, std::nanf(""));
      std::fill_n(call.value.data() + key * 32, 32, kInfinity);
    }
    Results actual = Compute(call, serial);
    for (size_t part = 0; part < 5; ++part) {
      EXPECT_EQ(testing::BitsOf(*actual.all()[part]), testing::BitsOf(*expected.all()[part])) << queries;
    }
  }
}

TEST_P(AttentionTest, PassesNaN) {
  SerialFor serial;
  for (int64_t queries : {2, 20}) {
    Call call({1, 1, queries, 40, 16, 16}, Causal::kNone, false);
    call.key[17] = std::nanf("");
    const Results results = Compute(call, serial);
    for (int64_t i = 0; i < queries * 16; ++i) ASSERT_TRUE(std::isnan(results.output[i])) << i;
  }
}

TEST_P(AttentionTest, RefusesSizesThatAreNone) {
  SerialFor serial;
  const Call call({1, 1, 2, 3, 4, 4}, Causal::kNone, false);
  AttentionArguments arguments = call.arguments;
  arguments.shape.keys = -1;
  const Status status = Attention(arguments, serial, {nullptr, nullptr});
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "keys must be in [0, 2147483647], got -1");
}

WINNOW_FOR_EVERY_ISA(AttentionTest);

}  // namespace
}  // namespace winnow
