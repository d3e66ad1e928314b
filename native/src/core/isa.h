#ifndef WINNOW_CORE_ISA_H_
#define WINNOW_CORE_ISA_H_

#include "core/isa_list.h"
#include "core/status.h"

namespace winnow {

#define WINNOW_ISA_ENUMERATOR(enumerator, ...) enumerator,
#define WINNOW_ISA_ELEMENT(enumerator, ...) Isa::enumerator,

/// The instruction sets a kernel body is compiled for, from narrow to wide; the list stands in cmake/WinnowIsa.cmake.
enum class Isa { WINNOW_FOR_EACH_ISA(WINNOW_ISA_ENUMERATOR) };
inline constexpr Isa kIsas[] = {WINNOW_FOR_EACH_ISA(WINNOW_ISA_ELEMENT)};
inline constexpr int kIsaCount = sizeof(kIsas) / sizeof(kIsas[0]);

#undef WINNOW_ISA_ENUMERATOR
#undef WINNOW_ISA_ELEMENT

/// Its name in the list, such as "avx2", as in the environment variable WINNOW_ISA.
const char* IsaName(Isa isa);
/// Whether this library holds code for `isa`.
bool IsaCompiled(Isa isa);
/// Whether this library holds code for `isa` and this processor (and its operating system) can run it. WINNOW_MAX_ISA,
/// read once, makes the processor as narrow as it says: for tests of what happens on an older machine.
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

/// The variant for an instruction set that SelectIsa gave.
template <typename Kernels>
const Kernels& VariantOf(const IsaVariants<Kernels>& table, Isa isa) {
  return *table.variants[static_cast<int>(isa)];
}

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
#define WINNOW_DECLARE_VARIANTS(Kernels, name) WINNOW_FOR_EACH_ISA(WINNOW_DECLARE_VARIANT, Kernels, name)
#define WINNOW_DECLARE_VARIANT(enumerator, isa, compiled, runs, Kernels, name) \
  namespace isa {                                                              \
  extern const Kernels name;                                                   \
  }

/// Initialises an IsaVariants with what was compiled.
#define WINNOW_VARIANTS(name)                        \
  {                                                  \
    { WINNOW_FOR_EACH_ISA(WINNOW_VARIANT_OF, name) } \
  }
#define WINNOW_VARIANT_OF(enumerator, isa, compiled, runs, name) WINNOW_VARIANT_IF_##compiled(isa, name)
#define WINNOW_VARIANT_IF_1(isa, name) &isa::name,
#define WINNOW_VARIANT_IF_0(isa, name) nullptr,

#endif  // WINNOW_CORE_ISA_H_
