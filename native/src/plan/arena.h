#ifndef WINNOW_PLAN_ARENA_H_
#define WINNOW_PLAN_ARENA_H_

#include <cstdint>
#include <vector>

namespace winnow::plan {

/// Memory that is needed from one step to another, both included.
struct Lifetime {
  int64_t floats;
  int64_t first;
  int64_t last;
};

/// Where each lies in one block of memory. What does not live at once may lie in the same place.
struct Arena {
  /// Multiples of 16.
  std::vector<int64_t> offsets;
  int64_t floats = 0;
};

/// The largest first, each at the lowest place that is free for as long as it lives.
Arena PlanArena(const std::vector<Lifetime>& lifetimes);

}  // namespace winnow::plan

#endif  // WINNOW_PLAN_ARENA_H_
