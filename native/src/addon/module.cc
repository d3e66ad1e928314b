#include <napi.h>

#include "addon/aligned_floats.h"
#include "addon/arguments.h"
#include "addon/registry.h"
#include "addon/tensorflow_library.h"
#include "core/isa.h"

namespace winnow::addon {
namespace {

/// The version of the contract in lib/binding.ts: raised with every change of a function's arguments, so that new
/// TypeScript refuses an old addon by name instead of calling it wrongly.
constexpr int kContractVersion = 4;

Napi::Value Strings(Napi::Env env, const std::vector<std::string>& strings) {
  const Napi::Array array = Napi::Array::New(env, strings.size());
  for (size_t i = 0; i < strings.size(); ++i) array.Set(static_cast<uint32_t>(i), strings[i]);
  return array;
}

Napi::Value ListOperations(const Napi::CallbackInfo& info) { return Strings(info.Env(), Operations()); }

Napi::Value InstructionSets(const Napi::CallbackInfo& info) {
  Isa selected;
  ThrowIfError(info.Env(), "instructionSets", SelectIsa(&selected));
  std::vector<std::string> compiled, supported;
  for (int i = 0; i < kIsaCount; ++i) {
    const Isa isa = static_cast<Isa>(i);
    if (IsaCompiled(isa)) compiled.push_back(IsaName(isa));
    if (IsaSupported(isa)) supported.push_back(IsaName(isa));
  }
  const Napi::Object result = Napi::Object::New(info.Env());
  result.Set("selected", IsaName(selected));
  result.Set("supported", Strings(info.Env(), supported));
  result.Set("compiled", Strings(info.Env(), compiled));
  return result;
}

/// Called once per environment: worker threads load the addon again.
Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment);
  exports.Set("contractVersion", kContractVersion);
  exports.Set("operations", Napi::Function::New<ListOperations>(env, "operations"));
  exports.Set("instructionSets", Napi::Function::New<InstructionSets>(env, "instructionSets"));
  exports.Set("loadTensorFlowOps", Napi::Function::New<LoadTensorFlowOps>(env, "loadTensorFlowOps"));
  exports.Set("alignedFloats", Napi::Function::New<AlignedFloats>(env, "alignedFloats"));
  for (const Entry& entry : Entries()) exports.Set(entry.name, Napi::Function::New(env, entry.call, entry.name));
  return exports;
}

}  // namespace
}  // namespace winnow::addon

// The macro wants a name without scope.
static Napi::Object InitialiseWinnow(Napi::Env env, Napi::Object exports) {
  return winnow::addon::Initialise(env, exports);
}
NODE_API_MODULE(winnow, InitialiseWinnow)
