#include "core/isa.h"

#include <atomic>
#include <cstdlib>
#include <string>

namespace winnow {
namespace {

constexpr int kNotForced = -1;
std::atomic<int> forced{kNotForced};

#define WINNOW_ISA_ROW(enumerator, name, compiled, runs, ...) {#name, compiled != 0, [] { return runs; }},

struct Row {
  const char* name;
  bool compiled;
  /// The compiler's builtin also asks the operating system (XGETBV) whether it saves the wide registers.
  bool (*runs)();
};

constexpr Row kRows[] = {WINNOW_FOR_EACH_ISA(WINNOW_ISA_ROW)};

#undef WINNOW_ISA_ROW

const Row& RowOf(Isa isa) { return kRows[static_cast<int>(isa)]; }

struct Choice {
  Status status;
  Isa isa = Isa::kBaseline;
};

std::string Names() {
  std::string names;
  for (Isa isa : kIsas) names += (names.empty() ? "" : ", ") + std::string(IsaName(isa));
  return names;
}

/// What WINNOW_MAX_ISA names, so that a test can have a processor without the wider ones; the widest if it is not set.
Choice ReadLimit() {
  const char* value = std::getenv("WINNOW_MAX_ISA");
  if (value == nullptr || *value == '\0') return {{}, kIsas[kIsaCount - 1]};
  for (Isa isa : kIsas) {
    if (std::string(value) == IsaName(isa)) return {{}, isa};
  }
  return {{StatusCode::kUnavailable, "WINNOW_MAX_ISA must be one of " + Names() + ", got '" + value + "'"}};
}

const Choice& Limit() {
  static const Choice limit = ReadLimit();
  return limit;
}

Choice ChooseWidest() {
  Choice choice;
  for (Isa isa : kIsas) {
    if (IsaSupported(isa)) choice.isa = isa;
  }
  return choice;
}

Choice ChooseByEnvironment() {
  if (!Limit().status.ok()) return Limit();
  const char* value = std::getenv("WINNOW_ISA");
  if (value == nullptr || *value == '\0') return ChooseWidest();
  for (Isa isa : kIsas) {
    if (std::string(value) != IsaName(isa)) continue;
    if (IsaSupported(isa)) return {{}, isa};
    const char* lacking = !IsaCompiled(isa)   ? "this build does not contain"
                          : isa > Limit().isa ? "WINNOW_MAX_ISA rules out"
                                              : "this processor does not run";
    return {{StatusCode::kUnavailable, std::string("WINNOW_ISA is ") + value + ", which " + lacking}};
  }
  return {{StatusCode::kUnavailable, "WINNOW_ISA must be one of " + Names() + ", got '" + value + "'"}};
}

}  // namespace

const char* IsaName(Isa isa) { return RowOf(isa).name; }

bool IsaCompiled(Isa isa) { return RowOf(isa).compiled; }

bool IsaSupported(Isa isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  return IsaCompiled(isa) && isa <= Limit().isa && RowOf(isa).runs();
}

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
