// Products of sizes that a caller chose. Every such product is made here: a size that passes may be multiplied out
// again without another thought.
#ifndef WINNOW_CORE_CHECKED_SIZE_H_
#define WINNOW_CORE_CHECKED_SIZE_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "core/status.h"

namespace winnow {

/// The most elements that sizes may multiply to: their bytes, and a kernel's cost estimates, still fit 64 bits.
inline constexpr int64_t kMaxProduct = int64_t{1} << 56;

/// The product of sizes; none if one is negative or the product above kMaxProduct. A size of 0 makes it 0, however
/// large the others are.
inline std::optional<int64_t> ProductOf(std::initializer_list<int64_t> sizes) {
  int64_t product = 1;
  bool fits = true, empty = false;
  for (const int64_t size : sizes) {
    if (size < 0) return std::nullopt;
    empty |= size == 0;
    fits = fits && !__builtin_mul_overflow(product, size, &product) && product <= kMaxProduct;
  }
  if (empty) return 0;
  return fits ? std::optional<int64_t>(product) : std::nullopt;
}

/// The sizes as "2 × 3 × 4".
inline std::string SizesAsText(std::initializer_list<int64_t> sizes) {
  std::string text;
  for (const int64_t size : sizes) text += (text.empty() ? "" : " × ") + std::to_string(size);
  return text;
}

/// kInvalidArgument unless the sizes have a product; `names` is how the message calls them, "rows × columns".
inline Status CheckProduct(const char* names, std::initializer_list<int64_t> sizes) {
  if (ProductOf(sizes)) return {};
  return InvalidArgument(std::string(names) + " must be in [0, " + std::to_string(kMaxProduct) + "], got " +
                         SizesAsText(sizes));
}

/// kInvalidArgument unless `value` is in [least, most].
inline Status CheckRange(const char* name, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return {};
  return InvalidArgument(std::string(name) + " must be in [" + std::to_string(least) + ", " + std::to_string(most) +
                         "], got " + std::to_string(value));
}

}  // namespace winnow

#endif  // WINNOW_CORE_CHECKED_SIZE_H_
