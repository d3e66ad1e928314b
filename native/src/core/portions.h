#ifndef WINNOW_CORE_PORTIONS_H_
#define WINNOW_CORE_PORTIONS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/parallel_for.h"

namespace winnow {

/// Many arrays as one row of portions of at most kSize elements, each of one array: threads share all arrays evenly,
/// and a sum made portion by portion does not depend on how they did.
class Portions {
 public:
  static constexpr int64_t kSize = 8192;

  void Add(int64_t size) {
    begins_.push_back(count_);
    sizes_.push_back(size);
    count_ += (size + kSize - 1) / kSize;
  }
  int64_t count() const { return count_; }

  /// Calls each(portion, array, begin, end) for every portion, the elements [begin, end) of an array. `cost`: cycles of
  /// an element.
  template <typename Each>
  void ForEach(ParallelFor& parallel_for, int64_t cost, const Each& each) const {
    if (count_ == 0) return;
    const int64_t elements = std::max<int64_t>(1, Elements() / count_);
    parallel_for.Run(count_, cost * elements, [&](int64_t first, int64_t last) {
      // The last array that begins at or before the first portion; empty ones begin where the next does.
      size_t array = std::upper_bound(begins_.begin(), begins_.end(), first) - begins_.begin() - 1;
      for (int64_t portion = first; portion < last; ++portion) {
        while (array + 1 < begins_.size() && begins_[array + 1] <= portion) ++array;
        const int64_t begin = (portion - begins_[array]) * kSize;
        each(portion, array, begin, std::min(begin + kSize, sizes_[array]));
      }
    });
  }

 private:
  int64_t Elements() const {
    int64_t elements = 0;
    for (int64_t size : sizes_) elements += size;
    return elements;
  }

  /// The first portion of every array.
  std::vector<int64_t> begins_;
  std::vector<int64_t> sizes_;
  int64_t count_ = 0;
};

}  // namespace winnow

#endif  // WINNOW_CORE_PORTIONS_H_
