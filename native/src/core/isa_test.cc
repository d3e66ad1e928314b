#include "core/isa.h"

#include <set>

#include "core/simd_math_test.h"
#include "core/testing.h"

namespace winnow {
namespace {

constexpr IsaVariants<MathKernels> kVariants = WINNOW_VARIANTS(kMathKernels);

TEST(Isa, BaselineAlwaysRuns) { EXPECT_TRUE(IsaSupported(Isa::kBaseline)); }

TEST(Isa, NamesAreThoseOfTheEnvironmentVariable) {
  EXPECT_STREQ(IsaName(Isa::kBaseline), "baseline");
  EXPECT_STREQ(IsaName(Isa::kAvx2), "avx2");
  EXPECT_STREQ(IsaName(Isa::kAvx512), "avx512");
}

TEST(Isa, ForcedOneIsSelected) {
  for (Isa isa : testing::SupportedIsas()) {
    const ScopedIsa forced(isa);
    Isa selected;
    ASSERT_TRUE(SelectIsa(&selected).ok());
    EXPECT_EQ(selected, isa);
    const MathKernels* kernels = nullptr;
    ASSERT_TRUE(SelectVariant(kVariants, &kernels).ok());
    EXPECT_EQ(kernels, kVariants.variants[static_cast<int>(isa)]);
  }
}

TEST(Isa, EachCompiledOneHasAVariantOfItsOwn) {
  std::set<const MathKernels*> seen;
  for (Isa isa : kIsas) {
    const MathKernels* variant = kVariants.variants[static_cast<int>(isa)];
    EXPECT_EQ(variant != nullptr, IsaCompiled(isa)) << IsaName(isa);
    EXPECT_TRUE(variant == nullptr || seen.insert(variant).second) << IsaName(isa);
  }
}

}  // namespace
}  // namespace winnow
