#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/selection/selection.h"

namespace winnow {
namespace {

/// The first `count` positions of `scores` in stable ascending order.
std::vector<int64_t> Lowest(const std::vector<double>& scores, int64_t count) {
  std::vector<int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return scores[a] < scores[b]; });
  order.resize(count);
  return order;
}

}  // namespace

Status SelectLowestReference(const KernelMatrix& kernel, Granularity granularity, int64_t count,
                             std::vector<bool>* selected) {
  WINNOW_RETURN_IF_ERROR(CheckSelection(kernel, granularity, count));
  for (int64_t i = 0; i < kernel.size(); ++i) {
    if (std::isnan(kernel.data[i])) return NanError(kernel);
  }
  selected->assign(kernel.size(), false);
  const auto at = [&](int64_t row, int64_t column) { return double{kernel.data[row * kernel.units + column]}; };
  if (granularity == Granularity::kWeight) {
    for (int64_t column = 0; column < kernel.units; ++column) {
      std::vector<double> scores(kernel.fan_in);
      for (int64_t row = 0; row < kernel.fan_in; ++row) scores[row] = std::fabs(at(row, column));
      for (int64_t row : Lowest(scores, count)) (*selected)[row * kernel.units + column] = true;
    }
    return {};
  }
  std::vector<double> scores(kernel.units, 0.0);
  for (int64_t row = 0; row < kernel.fan_in; ++row) {
    for (int64_t column = 0; column < kernel.units; ++column) scores[column] += at(row, column) * at(row, column);
  }
  for (int64_t column : Lowest(scores, count)) {
    for (int64_t row = 0; row < kernel.fan_in; ++row) (*selected)[row * kernel.units + column] = true;
  }
  return {};
}

}  // namespace winnow
