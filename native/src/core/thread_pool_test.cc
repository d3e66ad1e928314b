#include "core/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

namespace winnow {
namespace {

constexpr int64_t kExpensive = 1'000'000;

TEST(ThreadPool, CoversEveryItemOnce) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int64_t total : {0, 1, 2, 3, 7, 100, 1000}) {
      std::vector<std::atomic<int>> visits(total);
      pool.Run(total, kExpensive, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++visits[i];
      });
      for (const auto& count : visits) ASSERT_EQ(count, 1) << threads << " threads, " << total << " items";
    }
  }
}

TEST(ThreadPool, ServesSeveralCallersAtOnce) {
  ThreadPool pool(3);
  std::vector<std::thread> callers;
  std::atomic<int64_t> sum{0};
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 200; ++repeat) {
        pool.Run(50, kExpensive, [&](int64_t begin, int64_t end) { sum += end - begin; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 200 * 50);
}

TEST(ThreadPool, IsSharedWhileSomeoneOwnsIt) {
  const auto first = ThreadPool::Shared();
  EXPECT_EQ(first, ThreadPool::Shared());
}

}  // namespace
}  // namespace winnow
