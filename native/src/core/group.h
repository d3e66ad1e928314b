// Kernels walk a matrix in groups of 64 consecutive elements: two words of mask bits, a whole number of vectors on
// every instruction set.
#ifndef WINNOW_CORE_GROUP_H_
#define WINNOW_CORE_GROUP_H_

#include <stdint.h>

namespace winnow {

constexpr int kGroup = 64;

inline constexpr int64_t GroupCount(int64_t elements) { return (elements + kGroup - 1) / kGroup; }
/// The 32-bit words that hold one bit per element.
inline constexpr int64_t BitWords(int64_t elements) { return (elements + 31) / 32; }

}  // namespace winnow

#endif  // WINNOW_CORE_GROUP_H_
