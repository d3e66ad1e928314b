#include "core/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <numeric>
#include <string>

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
  std::shared_ptr<ThreadPool> first, second;
  ASSERT_TRUE(ThreadPool::Shared(&first).ok());
  ASSERT_TRUE(ThreadPool::Shared(&second).ok());
  EXPECT_EQ(first, second);
}

/// An exception that left a thread's function would end this program.
TEST(ThreadPool, ThrowsWhatABodyThrows) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int repeat = 0; repeat < 50; ++repeat) {
      const auto throws = [&](int64_t begin, int64_t end) {
        if (begin <= 70 && 70 < end) throw std::bad_alloc();
      };
      EXPECT_THROW(pool.Run(100, kExpensive, throws), std::bad_alloc);
    }
    std::atomic<int64_t> sum{0};
    pool.Run(100, kExpensive, [&](int64_t begin, int64_t end) { sum += end - begin; });
    EXPECT_EQ(sum, 100);
  }
}

TEST(ThreadPool, RefusesABadWinnowThreads) {
  for (const char* value : {"0", "1025", "-1", "+2", " 2", "2 ", "1e1", "99999999999999999999", "many"}) {
    setenv("WINNOW_THREADS", value, 1);
    std::shared_ptr<ThreadPool> pool;
    const Status status = ThreadPool::Shared(&pool);
    unsetenv("WINNOW_THREADS");
    EXPECT_EQ(status.code(), StatusCode::kUnavailable);
    EXPECT_EQ(status.message(), std::string("WINNOW_THREADS must be an integer in [1, 1024], got '") + value + "'");
    EXPECT_EQ(pool, nullptr);
  }
}

}  // namespace
}  // namespace winnow
