#ifndef WINNOW_ADDON_REGISTRY_H_
#define WINNOW_ADDON_REGISTRY_H_

#include <napi.h>

#include <memory>

#include "core/status.h"
#include "core/thread_pool.h"

namespace winnow::addon {

class Arguments;

/// What one Node environment (the main thread, a worker thread) holds. Ends with the environment.
struct Environment {
  std::shared_ptr<ThreadPool> pool;
  /// Why there is no pool: the calls that need one say it.
  Status pool_status = ThreadPool::Shared(&pool);
};

/// A JavaScript function.
struct Entry {
  /// Its name in JavaScript.
  const char* name;
  /// What its errors begin with: the function of @winnow/native that calls it.
  const char* op;
  /// Reads the arguments, works, and returns. May throw anything: see Export.
  Napi::Value (*call)(Arguments& read);
};

/// Adds an entry while the library loads: a `_napi.cc` defines one `const Register` per function, and so the module
/// needs no list of them.
class Register {
 public:
  explicit Register(const Entry& entry);
};

/// Sets every entry as a function of `exports`. Whatever C++ throws in a call becomes a JavaScript exception here, and
/// only here: an exception that reached Node's C code would end the process.
void Export(Napi::Env env, Napi::Object exports);

}  // namespace winnow::addon

#endif  // WINNOW_ADDON_REGISTRY_H_
