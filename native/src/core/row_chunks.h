#ifndef WINNOW_CORE_ROW_CHUNKS_H_
#define WINNOW_CORE_ROW_CHUNKS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/parallel_for.h"

namespace winnow {

/// The rows of a matrix in chunks whose size depends on the number of rows alone: sums over all rows, made chunk by
/// chunk, do not depend on the number of threads.
class RowChunks {
 public:
  explicit RowChunks(int64_t rows)
      : rows_(rows), size_(std::clamp<int64_t>((rows + 15) / 16, 8, 256)), count_((rows + size_ - 1) / size_) {}

  /// Calls each(begin, end, partial) for the rows of every chunk; `partial` is [width], zeros, the chunk's own. Then
  /// adds all partials up in order, in double, into `sums` [width]. `cost`: cycles of a row. May throw std::bad_alloc.
  template <typename Each>
  void Sum(ParallelFor& parallel_for, int64_t cost, int64_t width, float* sums, const Each& each) const {
    std::vector<float> partials(count_ * width);
    parallel_for.Run(count_, size_ * cost, [&](int64_t first, int64_t last) {
      for (int64_t chunk = first; chunk < last; ++chunk) {
        each(chunk * size_, std::min((chunk + 1) * size_, rows_), partials.data() + chunk * width);
      }
    });
    constexpr int64_t kColumns = 256;
    for (int64_t begin = 0; begin < width; begin += kColumns) {
      const int64_t columns = std::min(kColumns, width - begin);
      double totals[kColumns] = {};
      for (int64_t chunk = 0; chunk < count_; ++chunk) {
        const float* partial = partials.data() + chunk * width + begin;
        for (int64_t i = 0; i < columns; ++i) totals[i] += partial[i];
      }
      for (int64_t i = 0; i < columns; ++i) sums[begin + i] = static_cast<float>(totals[i]);
    }
  }

 private:
  int64_t rows_;
  int64_t size_;
  int64_t count_;
};

}  // namespace winnow

#endif  // WINNOW_CORE_ROW_CHUNKS_H_
