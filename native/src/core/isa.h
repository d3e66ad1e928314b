#ifndef WINNOW_CORE_ISA_H_
#define WINNOW_CORE_ISA_H_

#include "core/status.h"

namespace winnow {

/// The instruction sets a kernel body is compiled for, from narrow to wide.
enum class Isa { kBaseline = 0, kAvx2 = 1, kAvx512 = 2 };
inline constexpr int kIsaCount = 3;

/// "baseline", "avx2" or "avx512", as in the environment variable WINNOW_ISA.
const char* IsaName(Isa isa);
/// Whether this library holds code for `isa`.
bool IsaCompiled(Isa isa);
/// Whether this library holds code for `isa` and this processor (and its operating system) can run it.
bool IsaSupported(Isa isa);

/// The instruction set in use: the one WINNOW_ISA names (read once), otherwise the widest supported.
/// Fails with kUnavailable if WINNOW_ISA names an unknown or unsupported one: a test that forces an instruction set
/// must not pass on another.
Status SelectIsa(Isa* isa);

/// Forces an instruction set for the life of the object, in the whole process. For tests; `isa` must be supported.
class ScopedIsa {
 public:
  explicit ScopedIsa(Isa isa);
  ~ScopedIsa();
  ScopedIsa(const ScopedIsa&) = delete;
  ScopedIsa& operator=(const ScopedIsa&) = delete;

 private:
  int previous_;
};

/// The variants of one table of kernel functions; null where not compiled.
template <typename Kernels>
struct IsaVariants {
  const Kernels* variants[kIsaCount];
};

/// Points `kernels` at the variant in use.
template <typename Kernels>
Status SelectVariant(const IsaVariants<Kernels>& table, const Kernels** kernels) {
  Isa isa;
  WINNOW_RETURN_IF_ERROR(SelectIsa(&isa));
  *kernels = table.variants[static_cast<int>(isa)];
  return {};
}

}  // namespace winnow

/// Declares `extern const Kernels name` in the namespace of every instruction set; the `.inl` defines it.
#define WINNOW_DECLARE_VARIANTS(Kernels, name) \
  namespace baseline {                         \
  extern const Kernels name;                   \
  }                                            \
  namespace avx2 {                             \
  extern const Kernels name;                   \
  }                                            \
  namespace avx512 {                           \
  extern const Kernels name;                   \
  }

#ifdef WINNOW_HAS_AVX2
#define WINNOW_AVX2_VARIANT(name) (&avx2::name)
#else
#define WINNOW_AVX2_VARIANT(name) nullptr
#endif
#ifdef WINNOW_HAS_AVX512
#define WINNOW_AVX512_VARIANT(name) (&avx512::name)
#else
#define WINNOW_AVX512_VARIANT(name) nullptr
#endif

/// Initialises an IsaVariants with what was compiled.
#define WINNOW_VARIANTS(name)                                                   \
  {                                                                             \
    { &baseline::name, WINNOW_AVX2_VARIANT(name), WINNOW_AVX512_VARIANT(name) } \
  }

#endif  // WINNOW_CORE_ISA_H_
