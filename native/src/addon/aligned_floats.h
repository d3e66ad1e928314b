#ifndef WINNOW_ADDON_ALIGNED_FLOATS_H_
#define WINNOW_ADDON_ALIGNED_FLOATS_H_

#include <napi.h>

namespace winnow::addon {

/// alignedFloats(length): a Float32Array of zeros whose address is a multiple of 64.
Napi::Value AlignedFloats(const Napi::CallbackInfo& info);

}  // namespace winnow::addon

#endif  // WINNOW_ADDON_ALIGNED_FLOATS_H_
