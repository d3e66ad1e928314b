#ifndef WINNOW_CORE_SELECTION_SELECT_WEIGHTS_H_
#define WINNOW_CORE_SELECTION_SELECT_WEIGHTS_H_

#include "core/selection/selection.h"
#include "core/selection/selection_cpu.h"

namespace winnow {

/// SelectLowest for weight granularity; the arguments are checked, the selection's vectors sized. See there for
/// `start`.
Status SelectWeights(const SelectionKernels& kernels, const KernelMatrix& kernel, int64_t count, const int32_t* start,
                     ParallelFor& parallel_for, Selection* selection);

}  // namespace winnow

#endif  // WINNOW_CORE_SELECTION_SELECT_WEIGHTS_H_
