#ifndef WINNOW_CORE_PHILOX_H_
#define WINNOW_CORE_PHILOX_H_

#include <array>
#include <cstdint>

namespace winnow {

/// The 64-bit key of Philox4x32: the seed.
struct PhiloxKey {
  uint32_t low;
  uint32_t high;
};

inline constexpr uint32_t kPhiloxMultiplier0 = 0xD2511F53u;
inline constexpr uint32_t kPhiloxMultiplier1 = 0xCD9E8D57u;
inline constexpr uint32_t kPhiloxWeyl0 = 0x9E3779B9u;
inline constexpr uint32_t kPhiloxWeyl1 = 0xBB67AE85u;
inline constexpr int kPhiloxRounds = 10;

/// Philox4x32-10 (Salmon et al., SC 2011): four random words for a counter of four words. Scalar; the definition that
/// every vector form, and JavaScript's, is tested against.
inline std::array<uint32_t, 4> Philox(std::array<uint32_t, 4> counter, PhiloxKey key) {
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const uint64_t product0 = static_cast<uint64_t>(kPhiloxMultiplier0) * counter[0];
    const uint64_t product1 = static_cast<uint64_t>(kPhiloxMultiplier1) * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key.low, static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key.high, static_cast<uint32_t>(product0)};
    key.low += kPhiloxWeyl0;
    key.high += kPhiloxWeyl1;
  }
  return counter;
}

}  // namespace winnow

#endif  // WINNOW_CORE_PHILOX_H_
