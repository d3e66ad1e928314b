#ifndef WINNOW_ADDON_REGISTRY_H_
#define WINNOW_ADDON_REGISTRY_H_

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "core/thread_pool.h"

namespace winnow::addon {

/// What one Node environment (the main thread, a worker thread) holds. Ends with the environment.
struct Environment {
  std::shared_ptr<ThreadPool> pool = ThreadPool::Shared();
};

/// The pool of the environment a call came from.
ParallelFor& PoolOf(const Napi::CallbackInfo& info);

/// A JavaScript function of an op.
struct Entry {
  /// The op's folder, such as "topk_mask".
  const char* operation;
  /// The function's name in JavaScript.
  const char* name;
  Napi::Value (*call)(const Napi::CallbackInfo& info);
};

/// Adds an entry while the library loads: an op's _napi.cc defines one `const Register` per function, and so the module
/// needs no list of ops.
class Register {
 public:
  explicit Register(const Entry& entry);
};

const std::vector<Entry>& Entries();
/// The names of the ops, each once, sorted.
std::vector<std::string> Operations();

}  // namespace winnow::addon

#endif  // WINNOW_ADDON_REGISTRY_H_
