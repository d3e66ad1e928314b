#include "core/isa.h"

#include "core/testing.h"

namespace winnow {
namespace {

TEST(Isa, BaselineAlwaysRuns) { EXPECT_TRUE(IsaSupported(Isa::kBaseline)); }

TEST(Isa, ForcedOneIsSelected) {
  for (Isa isa : testing::SupportedIsas()) {
    const ScopedIsa forced(isa);
    Isa selected;
    ASSERT_TRUE(SelectIsa(&selected).ok());
    EXPECT_EQ(selected, isa);
  }
}

TEST(Isa, SupportedOnesAreCompiled) {
  for (Isa isa : testing::SupportedIsas()) EXPECT_TRUE(IsaCompiled(isa)) << IsaName(isa);
}

}  // namespace
}  // namespace winnow
