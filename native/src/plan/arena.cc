#include "plan/arena.h"

#include <algorithm>
#include <numeric>

namespace winnow::plan {

Arena PlanArena(const std::vector<Lifetime>& lifetimes) {
  Arena arena;
  arena.offsets.resize(lifetimes.size(), 0);
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return lifetimes[a].floats > lifetimes[b].floats; });
  const auto lines = [](int64_t floats) { return (floats + 15) / 16 * 16; };
  // Those that have a place, by their offsets.
  std::vector<size_t> placed;
  for (size_t next : order) {
    const Lifetime& mine = lifetimes[next];
    int64_t offset = 0;
    for (size_t other : placed) {
      const Lifetime& theirs = lifetimes[other];
      if (theirs.last < mine.first || mine.last < theirs.first) continue;
      if (arena.offsets[other] - offset >= mine.floats) break;
      offset = std::max(offset, lines(arena.offsets[other] + theirs.floats));
    }
    arena.offsets[next] = offset;
    arena.floats = std::max(arena.floats, lines(offset + mine.floats));
    const auto behind = std::upper_bound(placed.begin(), placed.end(), offset,
                                         [&](int64_t at, size_t other) { return at < arena.offsets[other]; });
    placed.insert(behind, next);
  }
  return arena;
}

}  // namespace winnow::plan
