#include "addon/tensorflow_library.h"

#include <dlfcn.h>

#include <mutex>
#include <string>

#include "addon/arguments.h"

namespace winnow::addon {

Napi::Value LoadTensorFlowOps(const Napi::CallbackInfo& info) {
  static std::mutex mutex;
  static bool loaded = false;
  const std::string path = Arguments(info, "loadTensorFlowOps").String("path");
  std::lock_guard<std::mutex> lock(mutex);
  if (loaded) return Napi::Boolean::New(info.Env(), false);
  // RTLD_NOW: a library built for another TensorFlow lacks a symbol and must fail here, not in the middle of training.
  // RTLD_NODELETE: TensorFlow keeps pointers into it for ever.
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) == nullptr) {
    const char* reason = dlerror();
    throw Napi::Error::New(info.Env(), reason != nullptr ? reason : "dlopen failed");
  }
  loaded = true;
  return Napi::Boolean::New(info.Env(), true);
}

}  // namespace winnow::addon
