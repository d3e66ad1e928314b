// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd.h"
#include "ops/conv2d/patches_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

WINNOW_INLINE int64_t Clamp(int64_t value, int64_t least, int64_t most) {
  return value < least ? least : value > most ? most : value;
}

WINNOW_INLINE void Copy(const float* from, int64_t count, float* to) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) Store(to + i, Load<F32>(from + i));
  if (i < count) StorePart(to + i, LoadPart(from + i, count - i), count - i);
}

WINNOW_INLINE void Clear(int64_t count, float* to) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) Store(to + i, F32{});
  if (i < count) StorePart(to + i, F32{}, count - i);
}

void Gather(const PatchMatrix& patches, int64_t first, int64_t count, int64_t begin, int64_t end, float* to) {
  const ConvAxis &rows = patches.grid.rows, &columns = patches.grid.columns;
  const int64_t channels = patches.channels, group = patches.group_channels, line = columns.in_size * channels;
  // The taps of a row of the filter follow each other in memory where nothing lies between them.
  const bool is_dense = columns.offset_step == 1 && group == channels;
  const int64_t taps = is_dense ? 1 : columns.taps, width = is_dense ? columns.taps * group : group;
  int64_t image = first / (rows.places * columns.places);
  int64_t row = first / columns.places % rows.places, column = first % columns.places;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t in_column = column * columns.in_step + columns.offset;
    int64_t piece = begin / width, skipped = begin % width;
    for (int64_t k = begin; k < end; ++piece, skipped = 0) {
      const int64_t length = Clamp(width - skipped, 0, end - k), tap_column = piece % taps;
      const int64_t in_row = row * rows.in_step + rows.offset + piece / taps * rows.offset_step;
      const int64_t from_column = in_column + tap_column * columns.offset_step;
      // Elements of a row of the image; those before `low` and from `high` on lie outside.
      const int64_t start = from_column * channels + patches.first_channel + skipped;
      int64_t low = 0, high = length;
      if (in_row < 0 || in_row >= rows.in_size) {
        high = 0;
      } else if (is_dense) {
        low = Clamp(-start, 0, length);
        high = Clamp(line - start, low, length);
      } else if (from_column < 0 || from_column >= columns.in_size) {
        high = 0;
      }
      Clear(low, to);
      if (high > low) Copy(patches.images + (image * rows.in_size + in_row) * line + start + low, high - low, to + low);
      Clear(length - high, to + high);
      k += length;
      to += length;
    }
    if (++column < columns.places) continue;
    column = 0;
    if (++row < rows.places) continue;
    row = 0;
    ++image;
  }
}

}  // namespace

const PatchKernels kPatchKernels = {Gather};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
