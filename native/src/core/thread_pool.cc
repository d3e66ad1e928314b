#include "core/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <system_error>

namespace winnow {
namespace {

/// Waking a thread takes some 10 µs: a chunk of fewer cycles is not worth it.
constexpr int64_t kMinimumChunkCost = 50'000;
/// A few chunks per thread even out cores that others use, too.
constexpr int64_t kChunksPerThread = 4;

/// How often a thread looks for work, or for the end of it, before it lets others have the core in between: about what
/// a sleep and waking cost. Kernels have several parallel loops in a row.
constexpr int kSpins = 4000;
/// And how often then, before it sleeps: about a millisecond of an idle core. A step of training calls kernel after
/// kernel.
constexpr int kYields = 3000;

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Whether `condition` became true within that time.
template <typename Condition>
bool SpinUntil(const Condition& condition) {
  for (int i = 0; i < kSpins; ++i) {
    if (condition()) return true;
    Pause();
  }
  for (int i = 0; i < kYields; ++i) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

constexpr int kMostThreads = 1024;

Status SharedPoolSize(int* size) {
  const char* value = std::getenv("WINNOW_THREADS");
  if (value == nullptr || *value == '\0') {
    *size = static_cast<int>(std::clamp<unsigned>(std::thread::hardware_concurrency(), 1, kMostThreads));
    return {};
  }
  // Digits alone: strtol would take blanks and a sign, too.
  const std::string text = value;
  const bool is_number = text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos;
  *size = is_number ? std::stoi(text) : 0;
  if (*size >= 1 && *size <= kMostThreads) return {};
  return {StatusCode::kUnavailable, "WINNOW_THREADS must be an integer in [1, 1024], got '" + text + "'"};
}

}  // namespace

struct ThreadPool::Job {
  CaughtBody* body;
  int64_t total;
  int64_t chunk;
  std::atomic<int64_t> next{0};
  /// Items not yet finished; the job is done at 0.
  std::atomic<int64_t> remaining{0};
};

ThreadPool::ThreadPool(int threads) {
  try {
    for (int i = 1; i < threads; ++i) threads_.emplace_back([this] { WorkerLoop(); });
  } catch (const std::exception&) {
    // No more threads to be had: the caller does the work alone or with those that started.
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    jobs_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::Run(int64_t total, int64_t cost, const Body& body) {
  if (total <= 0) return;
  const int64_t threads = this->threads();
  const int64_t smallest = std::max<int64_t>(1, kMinimumChunkCost / std::max<int64_t>(1, cost));
  const int64_t even = (total + threads * kChunksPerThread - 1) / (threads * kChunksPerThread);
  const int64_t chunk = std::max(smallest, even);
  if (threads == 1 || chunk >= total) {
    body(0, total);
    return;
  }
  CaughtBody caught(body);
  auto job = std::make_shared<Job>();
  job->body = &caught;
  job->total = total;
  job->chunk = chunk;
  job->remaining = total;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(job);
    jobs_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  Work(*job);
  SpinUntil([&] { return job->remaining.load(std::memory_order_acquire) == 0; });
  std::unique_lock<std::mutex> lock(mutex_);
  queue_.erase(std::remove(queue_.begin(), queue_.end(), job), queue_.end());
  done_.wait(lock, [&] { return job->remaining.load(std::memory_order_acquire) == 0; });
  lock.unlock();
  caught.Rethrow();
}

void ThreadPool::WorkerLoop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    if (!stopping_ && queue_.empty()) {
      const uint64_t seen = jobs_.load(std::memory_order_relaxed);
      lock.unlock();
      SpinUntil([&] { return jobs_.load(std::memory_order_acquire) != seen; });
      lock.lock();
    }
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    // Kept alive beyond its end: a late worker still reads `next` after the caller has returned.
    std::shared_ptr<Job> job = queue_.front();
    if (job->next.load(std::memory_order_relaxed) >= job->total) {
      queue_.pop_front();
      continue;
    }
    lock.unlock();
    Work(*job);
    lock.lock();
  }
}

void ThreadPool::Work(Job& job) {
  while (true) {
    const int64_t begin = job.next.fetch_add(job.chunk, std::memory_order_relaxed);
    if (begin >= job.total) return;
    const int64_t end = std::min(begin + job.chunk, job.total);
    (*job.body)(begin, end);
    if (job.remaining.fetch_sub(end - begin, std::memory_order_acq_rel) == end - begin) {
      // Taking the lock closes the gap between the caller's test and its sleep.
      std::lock_guard<std::mutex> lock(mutex_);
      done_.notify_all();
    }
  }
}

Status ThreadPool::Shared(std::shared_ptr<ThreadPool>* pool) {
  static std::mutex mutex;
  static std::weak_ptr<ThreadPool> shared;
  std::lock_guard<std::mutex> lock(mutex);
  *pool = shared.lock();
  if (*pool) return {};
  int size;
  WINNOW_RETURN_IF_ERROR(SharedPoolSize(&size));
  *pool = std::make_shared<ThreadPool>(size);
  shared = *pool;
  return {};
}

}  // namespace winnow
