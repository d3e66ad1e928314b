// The measures of Bernoulli numbers, see bernoulli.h; for kernel bodies as well.
#ifndef WINNOW_CORE_BERNOULLI_DIGITS_H_
#define WINNOW_CORE_BERNOULLI_DIGITS_H_

#include <stdint.h>

namespace winnow {

/// Elements that one Philox block has a digit for.
constexpr int64_t kBernoulliBlock = 128;
/// Binary digits of an element's number.
constexpr int kBernoulliDigits = 30;
/// The threshold of probability 1.
constexpr uint32_t kAlways = 1u << kBernoulliDigits;

}  // namespace winnow

#endif  // WINNOW_CORE_BERNOULLI_DIGITS_H_
