#include "addon/aligned_floats.h"

#include <cstdint>

#include "addon/arguments.h"

namespace winnow::addon {

Napi::Value AlignedFloats(const Napi::CallbackInfo& info) {
  constexpr size_t kAlignment = 64;
  Arguments read(info, "alignedFloats");
  const size_t length = static_cast<size_t>(read.Integer("length", 0, kMaxElements));
  // Part of an ordinary buffer: memory from outside the JavaScript engine is not welcome everywhere.
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(info.Env(), length * sizeof(float) + kAlignment);
  const size_t beyond = reinterpret_cast<uintptr_t>(buffer.Data()) % kAlignment;
  return Napi::Float32Array::New(info.Env(), length, buffer, (kAlignment - beyond) % kAlignment);
}

}  // namespace winnow::addon
