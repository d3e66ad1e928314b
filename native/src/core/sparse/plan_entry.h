#ifndef WINNOW_CORE_SPARSE_PLAN_ENTRY_H_
#define WINNOW_CORE_SPARSE_PLAN_ENTRY_H_

#include <stdint.h>

namespace winnow {

/// A weight and where its channel begins in a panel.
struct PlanEntry {
  uint32_t offset;
  float value;
};

}  // namespace winnow

#endif  // WINNOW_CORE_SPARSE_PLAN_ENTRY_H_
