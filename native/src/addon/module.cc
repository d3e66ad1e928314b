#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "addon/arguments.h"
#include "addon/registry.h"
#include "core/isa.h"

namespace winnow::addon {
namespace {

/// The version of the contract in lib/binding.ts: raised with every change of a function's arguments, so that new
/// TypeScript refuses an old addon by name instead of calling it wrongly.
constexpr int kContractVersion = 6;

Napi::Value Strings(Napi::Env env, const std::vector<std::string>& strings) {
  const Napi::Array array = Napi::Array::New(env, strings.size());
  for (size_t i = 0; i < strings.size(); ++i) array.Set(static_cast<uint32_t>(i), strings[i]);
  return array;
}

/// operations(): the names of the ops' folders, which CMake lists, sorted.
Napi::Value ListOperations(Arguments& read) { return Strings(read.Env(), {WINNOW_OPERATIONS}); }

Napi::Value InstructionSets(Arguments& read) {
  Isa selected;
  read.ThrowIfError(SelectIsa(&selected));
  std::vector<std::string> compiled, supported;
  for (Isa isa : kIsas) {
    if (IsaCompiled(isa)) compiled.push_back(IsaName(isa));
    if (IsaSupported(isa)) supported.push_back(IsaName(isa));
  }
  const Napi::Object result = Napi::Object::New(read.Env());
  result.Set("selected", IsaName(selected));
  result.Set("supported", Strings(read.Env(), supported));
  result.Set("compiled", Strings(read.Env(), compiled));
  return result;
}

/// misalignment(buffer: ArrayBuffer): how many bytes beyond a multiple of 64 it begins. (JavaScript makes the buffer:
/// where there is no memory its constructor throws, while Node-API's ends the process.)
Napi::Value Misalignment(Arguments& read) {
  return Napi::Number::New(read.Env(), static_cast<double>(reinterpret_cast<uintptr_t>(read.Buffer("buffer")) % 64));
}

const Register kOperations({"operations", "operations", ListOperations});
const Register kInstructionSets({"instructionSets", "instructionSets", InstructionSets});
const Register kMisalignment({"misalignment", "alignedFloats", Misalignment});

/// Called once per environment: worker threads load the addon again.
Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment);
  exports.Set("contractVersion", kContractVersion);
  Export(env, exports);
  return exports;
}

}  // namespace
}  // namespace winnow::addon

// The macro wants a name without scope.
static Napi::Object InitialiseWinnow(Napi::Env env, Napi::Object exports) {
  return winnow::addon::Initialise(env, exports);
}
NODE_API_MODULE(winnow, InitialiseWinnow)
