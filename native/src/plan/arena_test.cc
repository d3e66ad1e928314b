#include "plan/arena.h"

#include <gtest/gtest.h>

#include <random>

namespace winnow::plan {
namespace {

TEST(PlanArenaTest, WhatLivesAtOnceLiesApart) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Lifetime> lifetimes(random() % 30);
    for (Lifetime& lifetime : lifetimes) {
      const int64_t first = random() % 20;
      lifetime = {static_cast<int64_t>(random() % 500), first, first + static_cast<int64_t>(random() % 6)};
    }
    const Arena arena = PlanArena(lifetimes);
    for (size_t i = 0; i < lifetimes.size(); ++i) {
      EXPECT_EQ(arena.offsets[i] % 16, 0);
      EXPECT_LE(arena.offsets[i] + lifetimes[i].floats, arena.floats);
      for (size_t j = 0; j < i; ++j) {
        const bool at_once = lifetimes[i].first <= lifetimes[j].last && lifetimes[j].first <= lifetimes[i].last;
        const bool is_apart = arena.offsets[i] + lifetimes[i].floats <= arena.offsets[j] ||
                              arena.offsets[j] + lifetimes[j].floats <= arena.offsets[i];
        EXPECT_TRUE(!at_once || is_apart) << trial << ": " << i << " and " << j;
      }
    }
  }
}

TEST(PlanArenaTest, AChainTakesTheMemoryOfTwo) {
  std::vector<Lifetime> chain;
  for (int64_t i = 0; i < 20; ++i) chain.push_back({100, i, i + 1});
  EXPECT_EQ(PlanArena(chain).floats, 2 * 112);
}

}  // namespace
}  // namespace winnow::plan
