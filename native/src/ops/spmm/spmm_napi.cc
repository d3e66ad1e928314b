#include <memory>
#include <new>

#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/spmm/spmm.h"

namespace winnow::addon {
namespace {

/// Tells objects that hold a plan from all others.
constexpr napi_type_tag kPlanTag = {0x8d7f0b61c2f94e1aULL, 0xa5b3d04e7c6618f2ULL};

void DeletePlan(napi_env env, void* data, void* /*hint*/) {
  SpmmPlan* plan = static_cast<SpmmPlan*>(data);
  int64_t total;
  napi_adjust_external_memory(env, -plan->bytes(), &total);
  delete plan;
}

void ThrowIfFailed(Napi::Env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

/// An object that owns a plan of `matrix`.
template <typename Matrix>
Napi::Value MakePlan(const Napi::CallbackInfo& info, const char* name, const Matrix& matrix, bool transposed) {
  std::unique_ptr<SpmmPlan> plan(new (std::nothrow) SpmmPlan);
  ThrowIfError(info.Env(), name,
               plan == nullptr ? OutOfMemory() : MakeSpmmPlan(matrix, transposed, PoolOf(info), plan.get()));
  const Napi::Object object = Napi::Object::New(info.Env());
  ThrowIfFailed(info.Env(), napi_type_tag_object(info.Env(), object, &kPlanTag));
  const int64_t bytes = plan->bytes();
  ThrowIfFailed(info.Env(), napi_wrap(info.Env(), object, plan.get(), DeletePlan, nullptr, nullptr));
  plan.release();
  int64_t total;
  // So that the garbage collector knows what an object of a few bytes keeps alive.
  napi_adjust_external_memory(info.Env(), bytes, &total);
  return object;
}

const SpmmPlan& PlanOf(Napi::Env env, const Napi::Object& object) {
  bool is_plan = false;
  void* plan = nullptr;
  if (napi_check_object_type_tag(env, object, &kPlanTag, &is_plan) != napi_ok || !is_plan ||
      napi_unwrap(env, object, &plan) != napi_ok) {
    throw Napi::TypeError::New(env, "spmmRun: plan must come from spmmPlan");
  }
  return *static_cast<SpmmPlan*>(plan);
}

struct Call {
  SpmmArguments arguments;
  TokenOutput output;
};

/// tokens, dense, denseTokensOuter, bias, activation, outTokensOuter, out
Call ReadCall(Arguments& read, int64_t units, int64_t channels) {
  Call call;
  call.arguments.tokens = read.Integer("tokens", 0, kMaxAxis);
  call.arguments.input.data = read.Floats("dense", call.arguments.tokens * channels);
  call.arguments.input.tokens_outer = read.Boolean("denseTokensOuter");
  call.arguments.bias = read.OptionalFloats("bias", units);
  call.arguments.activation = static_cast<Activation>(read.Integer("activation", 0, 2));
  call.output.tokens_outer = read.Boolean("outTokensOuter");
  call.output.data = read.Floats("out", call.arguments.tokens * units);
  return call;
}

/// spmmRun(plan, tokens, dense, denseTokensOuter, bias, activation, outTokensOuter, out): void
Napi::Value CallSpmmRun(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "spmmRun";
  Arguments read(info, kName);
  const SpmmPlan& plan = PlanOf(info.Env(), read.Object("plan"));
  const Call call = ReadCall(read, plan.units(), plan.channels());
  ThrowIfError(info.Env(), kName, Spmm(plan, call.arguments, PoolOf(info), call.output));
  return info.Env().Undefined();
}

CsrMatrix ReadMatrix(Arguments& read, const CsrMatrix*) { return read.Sparse(true); }
NmMatrix ReadMatrix(Arguments& read, const NmMatrix*) { return read.Nm(); }
BlockMatrix ReadMatrix(Arguments& read, const BlockMatrix*) { return read.Blocks(true); }

/// The matrix's arguments, transposed: object
template <typename Matrix>
Napi::Value CallPlan(const Napi::CallbackInfo& info, const char* name) {
  Arguments read(info, name);
  const Matrix matrix = ReadMatrix(read, static_cast<const Matrix*>(nullptr));
  return MakePlan(info, name, matrix, read.Boolean("transposed"));
}

/// The matrix's arguments, transposed, tokens, dense, denseTokensOuter, bias, activation, outTokensOuter, out: void
template <typename Matrix>
Napi::Value CallSpmm(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "spmm";
  Arguments read(info, kName);
  const Matrix matrix = ReadMatrix(read, static_cast<const Matrix*>(nullptr));
  const bool transposed = read.Boolean("transposed");
  const int64_t units = transposed ? matrix.columns : matrix.rows;
  const int64_t channels = transposed ? matrix.rows : matrix.columns;
  const Call call = ReadCall(read, units, channels);
  ThrowIfError(info.Env(), kName, Spmm(matrix, transposed, call.arguments, PoolOf(info), call.output));
  return info.Env().Undefined();
}

Napi::Value CallCsrPlan(const Napi::CallbackInfo& info) { return CallPlan<CsrMatrix>(info, "spmmPlan"); }
Napi::Value CallNmPlan(const Napi::CallbackInfo& info) { return CallPlan<NmMatrix>(info, "spmmPlanNm"); }
Napi::Value CallBlockPlan(const Napi::CallbackInfo& info) { return CallPlan<BlockMatrix>(info, "spmmPlanBlock"); }

const Register kPlanEntry({"spmm", "spmmPlan", CallCsrPlan});
const Register kNmPlanEntry({"spmm", "spmmPlanNm", CallNmPlan});
const Register kBlockPlanEntry({"spmm", "spmmPlanBlock", CallBlockPlan});
const Register kRunEntry({"spmm", "spmmRun", CallSpmmRun});
const Register kEntry({"spmm", "spmm", CallSpmm<CsrMatrix>});
const Register kNmEntry({"spmm", "spmmNm", CallSpmm<NmMatrix>});
const Register kBlockEntry({"spmm", "spmmBlock", CallSpmm<BlockMatrix>});

}  // namespace
}  // namespace winnow::addon
