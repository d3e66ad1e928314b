#ifndef WINNOW_ADDON_TENSORFLOW_LIBRARY_H_
#define WINNOW_ADDON_TENSORFLOW_LIBRARY_H_

#include <napi.h>

namespace winnow::addon {

/// loadTensorFlowOps(path: string): boolean. Loads winnow_tensorflow.so, whose static initialisers register the custom
/// operations with the TensorFlow in this process. True if this call did it, false if an earlier one had, from
/// whichever thread and path: registering the same operations twice would end the process. Throws an Error with the
/// dynamic linker's words, for instance when no TensorFlow is loaded yet.
Napi::Value LoadTensorFlowOps(const Napi::CallbackInfo& info);

}  // namespace winnow::addon

#endif  // WINNOW_ADDON_TENSORFLOW_LIBRARY_H_
