#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/topk_mask/topk_mask.h"

namespace winnow::addon {
namespace {

/// topKMask(kernel, fanIn, units, granularity, count, out: Uint8Array [fanIn * units]): void
Napi::Value CallTopKMask(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "topKMask";
  Arguments read(info, kName);
  TopKMaskArguments arguments;
  arguments.kernel = read.Kernel();
  arguments.granularity = static_cast<Granularity>(read.Integer("granularity", 0, 1));
  arguments.count = read.Integer("count", 0, kMaxAxis);
  uint8_t* mask = read.Bytes("out", arguments.kernel.size());
  ThrowIfError(info.Env(), kName, TopKMask(arguments, PoolOf(info), mask));
  return info.Env().Undefined();
}

const Register kEntry({"topk_mask", "topKMask", CallTopKMask});

}  // namespace
}  // namespace winnow::addon
