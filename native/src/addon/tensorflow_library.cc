#include <dlfcn.h>

#include <mutex>
#include <string>

#include "addon/arguments.h"
#include "addon/registry.h"

namespace winnow::addon {
namespace {

/// loadTensorFlowOps(path: string): boolean. Loads winnow_tensorflow.so, whose static initialisers register the custom
/// operations with the TensorFlow in this process. True if this call did it, false if an earlier one had, from
/// whichever thread and path: registering the same operations twice would end the process. Throws an Error with the
/// dynamic linker's words, for instance when no TensorFlow is loaded yet.
Napi::Value LoadTensorFlowOps(Arguments& read) {
  static std::mutex mutex;
  static bool loaded = false;
  const std::string path = read.String("path");
  std::lock_guard<std::mutex> lock(mutex);
  if (loaded) return Napi::Boolean::New(read.Env(), false);
  // RTLD_NOW: a library built for another TensorFlow lacks a symbol and must fail here, not in the middle of training.
  // RTLD_NODELETE: TensorFlow keeps pointers into it for ever.
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) == nullptr) {
    const char* reason = dlerror();
    throw Napi::Error::New(read.Env(), reason != nullptr ? reason : "dlopen failed");
  }
  loaded = true;
  return Napi::Boolean::New(read.Env(), true);
}

const Register kEntry({"loadTensorFlowOps", "loadTensorFlowOps", LoadTensorFlowOps});

}  // namespace
}  // namespace winnow::addon
