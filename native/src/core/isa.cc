#include "core/isa.h"

#include <atomic>
#include <cstdlib>
#include <string>

namespace winnow {
namespace {

constexpr int kNotForced = -1;
std::atomic<int> forced{kNotForced};

bool CompiledForThisLibrary(Isa isa) {
  switch (isa) {
    case Isa::kBaseline:
      return true;
    case Isa::kAvx2:
#ifdef WINNOW_HAS_AVX2
      return true;
#else
      return false;
#endif
    case Isa::kAvx512:
#ifdef WINNOW_HAS_AVX512
      return true;
#else
      return false;
#endif
  }
  return false;
}

bool ProcessorRuns(Isa isa) {
#if defined(__x86_64__)
  // The compiler's builtin also asks the operating system (XGETBV) whether it saves the wide registers.
  __builtin_cpu_init();
  switch (isa) {
    case Isa::kBaseline:
      return true;
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && ProcessorRuns(Isa::kAvx2);
  }
#endif
  return isa == Isa::kBaseline;
}

struct Choice {
  Status status;
  Isa isa = Isa::kBaseline;
};

Choice ChooseWidest() {
  if (IsaSupported(Isa::kAvx512)) return {{}, Isa::kAvx512};
  if (IsaSupported(Isa::kAvx2)) return {{}, Isa::kAvx2};
  return {{}, Isa::kBaseline};
}

Choice ChooseByEnvironment() {
  const char* value = std::getenv("WINNOW_ISA");
  if (value == nullptr || *value == '\0') return ChooseWidest();
  for (int i = 0; i < kIsaCount; ++i) {
    const Isa isa = static_cast<Isa>(i);
    if (std::string(value) != IsaName(isa)) continue;
    if (IsaSupported(isa)) return {{}, isa};
    const char* lacking = IsaCompiled(isa) ? "this processor does not run" : "this build does not contain";
    return {{StatusCode::kUnavailable, std::string("WINNOW_ISA is ") + value + ", which " + lacking}};
  }
  return {
      {StatusCode::kUnavailable, std::string("WINNOW_ISA must be one of baseline, avx2, avx512, got '") + value + "'"}};
}

}  // namespace

const char* IsaName(Isa isa) {
  switch (isa) {
    case Isa::kBaseline:
      return "baseline";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
  }
  return "unknown";
}

bool IsaCompiled(Isa isa) { return CompiledForThisLibrary(isa); }

bool IsaSupported(Isa isa) { return CompiledForThisLibrary(isa) && ProcessorRuns(isa); }

Status SelectIsa(Isa* isa) {
  const int override = forced.load(std::memory_order_relaxed);
  if (override != kNotForced) {
    *isa = static_cast<Isa>(override);
    return {};
  }
  static const Choice choice = ChooseByEnvironment();
  *isa = choice.isa;
  return choice.status;
}

ScopedIsa::ScopedIsa(Isa isa) : previous_(forced.exchange(static_cast<int>(isa))) {}

ScopedIsa::~ScopedIsa() { forced.store(previous_); }

}  // namespace winnow
