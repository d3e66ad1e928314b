// The module that Node loads. It loads tfjs-node's own binding, and TensorFlow with it, without the notices TensorFlow
// writes to standard error at that moment: they come before TF_CPP_MIN_LOG_LEVEL is read, in every process, and nobody
// can act on them. Everything else that is written meanwhile is passed on.

#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr const char* kNotices[] = {
    "All log messages before absl::InitializeLog() is called are written to STDERR",
    "oneDNN custom operations are on.",
};

bool IsNotice(const std::string& line) {
  for (const char* notice : kNotices) {
    if (line.find(notice) != std::string::npos) return true;
  }
  return false;
}

// Holds back standard error while it lives. dup2 is one step, so no other thread ever finds the descriptor closed.
class HeldStderr {
 public:
  HeldStderr()
      : original_(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)), held_(memfd_create("winnow-stderr", MFD_CLOEXEC)) {
    if (original_ >= 0 && held_ >= 0) dup2(held_, STDERR_FILENO);
  }

  ~HeldStderr() {
    if (original_ >= 0 && held_ >= 0) {
      dup2(original_, STDERR_FILENO);
      PassOn();
    }
    if (held_ >= 0) close(held_);
    if (original_ >= 0) close(original_);
  }

  HeldStderr(const HeldStderr&) = delete;
  HeldStderr& operator=(const HeldStderr&) = delete;

 private:
  void PassOn() const {
    std::string text;
    char buffer[4096];
    lseek(held_, 0, SEEK_SET);
    for (ssize_t n; (n = read(held_, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
    for (size_t start = 0; start < text.size();) {
      const size_t end = text.find('\n', start);
      const size_t next = end == std::string::npos ? text.size() : end + 1;
      const std::string line = text.substr(start, next - start);
      if (!IsNotice(line) && write(STDERR_FILENO, line.data(), line.size()) < 0) return;
      start = next;
    }
  }

  const int original_;
  const int held_;
};

// Without AVX, TensorFlow explains itself on standard error and aborts while it is loaded: that must be seen.
bool MayHoldStderr() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  const bool wants_everything = level != nullptr && std::strcmp(level, "0") == 0;
  return !wants_everything && __builtin_cpu_supports("avx");
}

void* LoadBinding() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&LoadBinding), &self) == 0) return nullptr;
  const std::string path = self.dli_fname;
  const std::string binding = path.substr(0, path.rfind('/') + 1) + "libtfjs_binding_impl.so";
  if (!MayHoldStderr()) return dlopen(binding.c_str(), RTLD_NOW | RTLD_LOCAL);
  const HeldStderr held;
  return dlopen(binding.c_str(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

NAPI_MODULE_INIT() {
  void* binding = LoadBinding();
  void* init = binding == nullptr ? nullptr : dlsym(binding, "napi_register_module_v1");
  if (init == nullptr) {
    const char* reason = dlerror();
    napi_throw_error(env, nullptr, reason == nullptr ? "tfjs-node's binding cannot be loaded" : reason);
    return nullptr;
  }
  return reinterpret_cast<napi_value (*)(napi_env, napi_value)>(init)(env, exports);
}
