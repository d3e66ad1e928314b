#include "core/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace winnow {
namespace {

/// Every block on a thread of its own, all at once.
class ThreadForEachBlock final : public ParallelFor {
 public:
  explicit ThreadForEachBlock(int64_t blocks) : blocks_(blocks) {}

  void Run(int64_t total, int64_t /*cost*/, const Body& body) override {
    std::vector<std::thread> threads;
    for (int64_t block = 0; block < blocks_; ++block) {
      const int64_t begin = total * block / blocks_, end = total * (block + 1) / blocks_;
      if (begin < end) threads.emplace_back([&body, begin, end] { body(begin, end); });
    }
    for (auto& thread : threads) thread.join();
  }

 private:
  int64_t blocks_;
};

class WorkersTest : public testing::TestWithParam<int64_t> {};

TEST_P(WorkersTest, EveryItemIsDoneOnceAndNoWorkerTwiceAtOnce) {
  const int64_t workers = GetParam();
  constexpr int64_t kItems = 1000;
  std::vector<std::atomic<int>> done(kItems), inside(workers);
  std::atomic<int> clashes{0}, outside{0};
  ThreadForEachBlock parallel_for(8);
  ShareAmongWorkers(parallel_for, workers, kItems, 1, [&](int64_t worker, int64_t item) {
    if (worker < 0 || worker >= workers) {
      ++outside;
      return;
    }
    if (inside[worker].fetch_add(1) != 0) ++clashes;
    ++done[item];
    std::this_thread::yield();
    inside[worker].fetch_sub(1);
  });
  EXPECT_EQ(outside, 0);
  EXPECT_EQ(clashes, 0);
  for (int64_t item = 0; item < kItems; ++item) EXPECT_EQ(done[item], 1) << "item " << item;
}

// Fewer than the threads, so that some wait; as many; more.
INSTANTIATE_TEST_SUITE_P(Numbers, WorkersTest, testing::Values(1, 2, 3, 8, 100));

TEST(WorkerNumbers, AThreadGetsItsNumberAgain) {
  WorkerNumbers numbers(3);
  const int64_t first = numbers.Take(), second = numbers.Take();
  EXPECT_NE(first, second);
  numbers.GiveBack(first);
  numbers.GiveBack(second);
  EXPECT_EQ(numbers.Take(), second);
}

TEST(WorkerNumbers, TakesAnyNumberOfWorkers) {
  for (const int64_t workers : {int64_t{-5}, int64_t{0}, int64_t{1}, kMostWorkers, 2 * kMostWorkers}) {
    WorkerNumbers numbers(workers);
    const int64_t number = numbers.Take();
    EXPECT_GE(number, 0);
    EXPECT_LT(number, kMostWorkers);
    numbers.GiveBack(number);
  }
}

}  // namespace
}  // namespace winnow
