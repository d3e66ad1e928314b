#ifndef WINNOW_CORE_MATRIX_H_
#define WINNOW_CORE_MATRIX_H_

#include <cstdint>

#include "core/status.h"

namespace winnow {

/// What is ranked: the weights of every column, or the columns of the kernel. The numbers are those of the N-API calls.
enum class Granularity { kWeight = 0, kUnit = 1 };

/// A layer's kernel, float32, row-major, [fan_in, units]: column o holds all the weights that enter unit o.
struct KernelMatrix {
  const float* data;
  int64_t fan_in;
  int64_t units;

  int64_t size() const { return fan_in * units; }
};

/// Rows and columns are counted in 31 bits, elements in 34 (64 GiB; Philox's 32-bit blocks would do for 39).
inline constexpr int64_t kMaxAxis = INT32_MAX;
inline constexpr int64_t kMaxElements = int64_t{1} << 34;

/// kInvalidArgument unless the kernel's size is within these limits and `count` in [0, fan_in] (weight granularity)
/// or [0, units] (unit granularity).
Status CheckSelection(const KernelMatrix& kernel, Granularity granularity, int64_t count);

/// The error for a kernel with a NaN; it names the first one's linear index.
Status NanError(const KernelMatrix& kernel);

}  // namespace winnow

#endif  // WINNOW_CORE_MATRIX_H_
