#ifndef WINNOW_OPS_CONV2D_PATCHES_CPU_H_
#define WINNOW_OPS_CONV2D_PATCHES_CPU_H_

#include <stdint.h>

#include "core/isa.h"
#include "ops/conv2d/axis.h"

namespace winnow {

/// The matrix of patches of one group: a row for every place of the grid in every image, [tap][channel] in each.
struct PatchMatrix {
  ConvGrid grid;
  /// [batch, height, width, channels], of which the group's begin at first_channel.
  const float* images;
  int64_t channels;
  int64_t first_channel;
  int64_t group_channels;
};

/// The kernel bodies; every instruction set has this table.
struct PatchKernels {
  /// Writes the columns [begin, end) of the rows [first, first + count), zeros for what lies outside the images.
  void (*gather)(const PatchMatrix& patches, int64_t first, int64_t count, int64_t begin, int64_t end, float* to);
};

WINNOW_DECLARE_VARIANTS(PatchKernels, kPatchKernels)

}  // namespace winnow

#endif  // WINNOW_OPS_CONV2D_PATCHES_CPU_H_
