#include "core/matrix.h"

#include <cmath>
#include <string>

namespace winnow {

Status CheckSelection(const KernelMatrix& kernel, Granularity granularity, int64_t count) {
  const bool fits = kernel.fan_in >= 0 && kernel.units >= 0 && kernel.fan_in <= kMaxAxis && kernel.units <= kMaxAxis &&
                    kernel.size() <= kMaxElements;
  if (!fits) {
    return InvalidArgument("kernel must have at most 2^31-1 rows, 2^31-1 columns and 2^34 elements, got [" +
                           std::to_string(kernel.fan_in) + ", " + std::to_string(kernel.units) + "]");
  }
  const int64_t most = granularity == Granularity::kWeight ? kernel.fan_in : kernel.units;
  if (count < 0 || count > most) {
    return InvalidArgument("count must be in [0, " + std::to_string(most) + "], got " + std::to_string(count));
  }
  return {};
}

Status NanError(const KernelMatrix& kernel) {
  int64_t index = 0;
  while (index < kernel.size() && !std::isnan(kernel.data[index])) ++index;
  return InvalidArgument("kernel must not contain NaN, got NaN at index " + std::to_string(index));
}

}  // namespace winnow
