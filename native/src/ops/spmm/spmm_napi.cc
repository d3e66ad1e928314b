#include <memory>

#include "addon/arguments.h"
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
Napi::Value MakePlan(const Arguments& read, const Matrix& matrix, bool transposed) {
  const Napi::Env env = read.Env();
  std::unique_ptr<SpmmPlan> plan(new SpmmPlan);
  read.ThrowIfError(MakeSpmmPlan(matrix, transposed, read.Pool(), plan.get()));
  const Napi::Object object = Napi::Object::New(env);
  ThrowIfFailed(env, napi_type_tag_object(env, object, &kPlanTag));
  const int64_t bytes = plan->bytes();
  ThrowIfFailed(env, napi_wrap(env, object, plan.get(), DeletePlan, nullptr, nullptr));
  plan.release();
  int64_t total;
  // So that the garbage collector knows what an object of a few bytes keeps alive.
  napi_adjust_external_memory(env, bytes, &total);
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

struct Product {
  SpmmArguments arguments;
  TokenOutput output;
};

/// tokens, dense, denseTokensOuter, bias, activation, outTokensOuter, out
Product ReadProduct(Arguments& read, int64_t units, int64_t channels) {
  Product product;
  SpmmArguments& arguments = product.arguments;
  arguments.tokens = read.Integer("tokens", 0, kMaxAxis);
  arguments.input.data = read.Floats("dense", {arguments.tokens, channels});
  arguments.input.tokens_outer = read.Boolean("denseTokensOuter");
  arguments.bias = read.OptionalFloats("bias", {units});
  arguments.activation = static_cast<Activation>(read.Integer("activation", 0, 2));
  product.output.tokens_outer = read.Boolean("outTokensOuter");
  product.output.data = read.Floats("out", {arguments.tokens, units});
  return product;
}

/// spmmRun(plan, tokens, dense, denseTokensOuter, bias, activation, outTokensOuter, out): void
Napi::Value CallSpmmRun(Arguments& read) {
  const SpmmPlan& plan = PlanOf(read.Env(), read.Object("plan"));
  const Product product = ReadProduct(read, plan.units(), plan.channels());
  return read.Done(Spmm(plan, product.arguments, read.Pool(), product.output));
}

void ReadMatrix(Arguments& read, CsrMatrix* matrix) { *matrix = read.Sparse(true); }
void ReadMatrix(Arguments& read, NmMatrix* matrix) { *matrix = read.Nm(); }
void ReadMatrix(Arguments& read, BlockMatrix* matrix) { *matrix = read.Blocks(true); }

/// The matrix's arguments, transposed: object
template <typename Matrix>
Napi::Value CallPlan(Arguments& read) {
  Matrix matrix;
  ReadMatrix(read, &matrix);
  return MakePlan(read, matrix, read.Boolean("transposed"));
}

/// The matrix's arguments, transposed, tokens, dense, denseTokensOuter, bias, activation, outTokensOuter, out: void
template <typename Matrix>
Napi::Value CallSpmm(Arguments& read) {
  Matrix matrix;
  ReadMatrix(read, &matrix);
  const bool transposed = read.Boolean("transposed");
  const int64_t units = transposed ? matrix.columns : matrix.rows;
  const int64_t channels = transposed ? matrix.rows : matrix.columns;
  const Product product = ReadProduct(read, units, channels);
  return read.Done(Spmm(matrix, transposed, product.arguments, read.Pool(), product.output));
}

const Register kPlanEntry({"spmmPlan", "spmmPlan", CallPlan<CsrMatrix>});
const Register kNmPlanEntry({"spmmPlanNm", "spmmPlanNm", CallPlan<NmMatrix>});
const Register kBlockPlanEntry({"spmmPlanBlock", "spmmPlanBlock", CallPlan<BlockMatrix>});
const Register kRunEntry({"spmmRun", "spmmRun", CallSpmmRun});
const Register kEntry({"spmm", "spmm", CallSpmm<CsrMatrix>});
const Register kNmEntry({"spmmNm", "spmm", CallSpmm<NmMatrix>});
const Register kBlockEntry({"spmmBlock", "spmm", CallSpmm<BlockMatrix>});

}  // namespace
}  // namespace winnow::addon
