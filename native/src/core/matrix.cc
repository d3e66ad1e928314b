#include "core/matrix.h"

#include <cmath>
#include <string>

#include "core/checked_size.h"

namespace winnow {

Status CheckSelection(const KernelMatrix& kernel, Granularity granularity, int64_t count) {
  const std::optional<int64_t> size = ProductOf({kernel.fan_in, kernel.units});
  if (kernel.fan_in > kMaxAxis || kernel.units > kMaxAxis || !size || *size > kMaxElements) {
    return InvalidArgument("kernel must have at most 2^31-1 rows, 2^31-1 columns and 2^34 elements, got [" +
                           std::to_string(kernel.fan_in) + ", " + std::to_string(kernel.units) + "]");
  }
  const int64_t most = granularity == Granularity::kWeight ? kernel.fan_in : kernel.units;
  return CheckRange("count", count, 0, most);
}

Status NanError(const KernelMatrix& kernel) {
  int64_t index = 0;
  while (index < kernel.size() && !std::isnan(kernel.data[index])) ++index;
  return InvalidArgument("kernel must not contain NaN, got NaN at index " + std::to_string(index));
}

}  // namespace winnow
