#ifndef WINNOW_CORE_FLOAT_ENVIRONMENT_H_
#define WINNOW_CORE_FLOAT_ENVIRONMENT_H_

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif
#include <cstdint>

namespace winnow {

/// IEEE arithmetic for the life of the object. TensorFlow's worker threads flush denormals to zero; a kernel that ran
/// there would rank and scale them otherwise than JavaScript does. Put one at the start of every parallel body that
/// computes with floats (comparing bits needs none).
class ScopedIeeeFloats {
 public:
#if defined(__x86_64__)
  ScopedIeeeFloats() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ & ~kFlushBits); }
  ~ScopedIeeeFloats() { _mm_setcsr(saved_); }
#elif defined(__aarch64__)
  ScopedIeeeFloats() {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" ::"r"(saved_ & ~kFlushBits));
  }
  ~ScopedIeeeFloats() { asm volatile("msr fpcr, %0" ::"r"(saved_)); }
#else
  ScopedIeeeFloats() = default;
#endif
  ScopedIeeeFloats(const ScopedIeeeFloats&) = delete;
  ScopedIeeeFloats& operator=(const ScopedIeeeFloats&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr unsigned kFlushBits = 0x8040;  // FTZ, DAZ
  unsigned saved_;
#elif defined(__aarch64__)
  static constexpr uint64_t kFlushBits = 1u << 24;  // FZ
  uint64_t saved_;
#endif
};

}  // namespace winnow

#endif  // WINNOW_CORE_FLOAT_ENVIRONMENT_H_
