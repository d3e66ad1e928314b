#include "addon/arguments.h"
#include "ops/topk_mask/topk_mask.h"

namespace winnow::addon {
namespace {

/// topKMask(kernel, fanIn, units, granularity, count, out: Uint8Array [fanIn * units]): void
Napi::Value CallTopKMask(Arguments& read) {
  TopKMaskArguments arguments;
  arguments.kernel = read.Kernel();
  arguments.granularity = static_cast<Granularity>(read.Integer("granularity", 0, 1));
  arguments.count = read.Integer("count", 0, kMaxAxis);
  uint8_t* mask = read.Bytes("out", {arguments.kernel.fan_in, arguments.kernel.units});
  return read.Done(TopKMask(arguments, read.Pool(), mask));
}

const Register kEntry({"topKMask", "topKMask", CallTopKMask});

}  // namespace
}  // namespace winnow::addon
