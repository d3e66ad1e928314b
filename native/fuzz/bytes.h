#ifndef WINNOW_FUZZ_BYTES_H_
#define WINNOW_FUZZ_BYTES_H_

#include <cstdint>
#include <cstring>
#include <vector>

namespace winnow {

/// Hands out the input byte by byte, then zeros.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint8_t Next() { return at_ < size_ ? data_[at_++] : 0; }
  int64_t Below(int64_t limit) { return (Next() | Next() << 8) % limit; }
  /// Mostly small multiples of 1/8, sometimes any bits: NaN, infinities, denormals.
  float Float() {
    const uint8_t kind = Next();
    if (kind < 250) return (static_cast<int>(kind) - 125) / 8.0f;
    uint32_t bits = 0;
    for (int i = 0; i < 4; ++i) bits = bits << 8 | Next();
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
  }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

/// Ends the program, which the fuzzer counts as a finding.
inline void Require(bool condition) {
  if (!condition) __builtin_trap();
}

/// Sixteen numbers of the input, repeated in a pattern.
inline std::vector<float> Floats(Bytes& bytes, int64_t count) {
  float pattern[16];
  for (float& value : pattern) value = bytes.Float();
  std::vector<float> floats(count);
  for (int64_t i = 0; i < count; ++i) floats[i] = pattern[(i * 7 + i / 16) % 16];
  return floats;
}

}  // namespace winnow

#endif  // WINNOW_FUZZ_BYTES_H_
