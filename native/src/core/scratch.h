#ifndef WINNOW_CORE_SCRATCH_H_
#define WINNOW_CORE_SCRATCH_H_

#include <cstdint>
#include <cstdlib>

namespace winnow {

/// Uninitialised memory at a multiple of 64 bytes. Does not throw, since parallel bodies must not: `data` is null where
/// there is none to be had.
template <typename T>
class Scratch {
 public:
  Scratch() : data_(nullptr) {}
  explicit Scratch(int64_t count)
      : data_(count < 0 || count > kMost ? nullptr
                                         : static_cast<T*>(std::aligned_alloc(64, (count * sizeof(T) / 64 + 1) * 64))) {
  }
  ~Scratch() { std::free(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Scratch(Scratch&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  Scratch& operator=(Scratch&& other) noexcept {
    T* const mine = data_;
    data_ = other.data_;
    other.data_ = mine;
    return *this;
  }

  T* data() const { return data_; }

 private:
  static constexpr int64_t kMost = (int64_t{1} << 46) / sizeof(T);
  T* data_;
};

}  // namespace winnow

#endif  // WINNOW_CORE_SCRATCH_H_
