#include "core/workspace_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace winnow {
namespace {

TEST(WorkspacePool, LendsTheSameMemoryAgain) {
  WorkspacePool pool;
  const float* first = nullptr;
  {
    const auto loan = pool.Lend(1000);
    first = loan.data();
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 64, 0u);
  }
  const auto smaller = pool.Lend(10);
  EXPECT_EQ(smaller.data(), first);
  EXPECT_EQ(smaller.floats(), 1000);
}

TEST(WorkspacePool, MakesALargerOneWhereTheLastIsTooSmall) {
  WorkspacePool pool;
  { const auto loan = pool.Lend(10); }
  const auto loan = pool.Lend(100000);
  ASSERT_NE(loan.data(), nullptr);
  EXPECT_EQ(loan.floats(), 100000);
  loan.data()[99999] = 1;
}

TEST(WorkspacePool, NeverLendsOneTwiceAtOnce) {
  WorkspacePool pool;
  { const auto loan = pool.Lend(64); }
  const auto one = pool.Lend(64), two = pool.Lend(64);
  EXPECT_NE(one.data(), two.data());
}

TEST(WorkspacePool, HasNullWhereThereIsNoMemory) {
  WorkspacePool pool;
  EXPECT_EQ(pool.Lend(int64_t{1} << 60).data(), nullptr);
  EXPECT_EQ(pool.Lend(-1).data(), nullptr);
  EXPECT_NE(pool.Lend(1).data(), nullptr);
}

TEST(WorkspacePool, FreesWhatIsTooLargeToKeep) {
  WorkspacePool pool;
  { const auto loan = pool.Lend(WorkspacePool::kMostKeptFloats + 1); }
  EXPECT_EQ(pool.Lend(1).floats(), 1);
}

TEST(WorkspacePool, ServesSeveralThreads) {
  WorkspacePool pool;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&pool, &wrong, thread] {
      for (int turn = 0; turn < 500; ++turn) {
        const auto loan = pool.Lend(16 * (turn % 7 + 1));
        const float mine = static_cast<float>(thread * 1000 + turn);
        for (int i = 0; i < 16; ++i) loan.data()[i] = mine;
        for (int i = 0; i < 16; ++i) wrong[thread] += loan.data()[i] != mine;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const int count : wrong) EXPECT_EQ(count, 0);
}

}  // namespace
}  // namespace winnow
