#ifndef WINNOW_CORE_BERNOULLI_H_
#define WINNOW_CORE_BERNOULLI_H_

#include <array>
#include <cstdint>

#include "core/bernoulli_digits.h"
#include "core/philox.h"

namespace winnow {

/// Where a step's random numbers come from. Element e has a number u(e) of 30 binary digits; digit d, the highest being
/// digit 0, is bit e & 31 of word (e >> 5) & 3 of Philox4x32-10 with this key and the counter (e >> 7, kernel_id, step,
/// d).
struct DrawSource {
  PhiloxKey key;
  uint32_t kernel_id;
  uint32_t step;
};

/// A bit for each of the elements from 128 * block on: 1 exactly where u(e) < threshold, so with probability
/// threshold / 2^30, threshold in [0, 2^30]. Digits are drawn until each of the 128 is decided or the threshold has no
/// digit left: one for 1/2, two for 1/4, eight on average for most (bernoulli_simd.h decides 4096 at once: thirteen).
inline std::array<uint32_t, 4> DrawBernoulli(const DrawSource& source, uint32_t block, uint32_t threshold) {
  if (threshold == kAlways) return {~0u, ~0u, ~0u, ~0u};
  std::array<uint32_t, 4> below = {}, equal = {~0u, ~0u, ~0u, ~0u};
  uint32_t left = threshold;
  for (uint32_t digit = 0; left != 0 && (equal[0] | equal[1] | equal[2] | equal[3]) != 0; ++digit) {
    const auto drawn = Philox({block, source.kernel_id, source.step, digit}, source.key);
    const uint32_t place = kAlways >> (digit + 1);
    for (int i = 0; i < 4; ++i) {
      if ((threshold & place) != 0) below[i] |= equal[i] & ~drawn[i];
      equal[i] &= (threshold & place) != 0 ? drawn[i] : ~drawn[i];
    }
    left &= ~place;
  }
  return below;
}

}  // namespace winnow

#endif  // WINNOW_CORE_BERNOULLI_H_
