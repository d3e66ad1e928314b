#include "core/gemm/gemm.h"

#include <algorithm>

namespace winnow {
namespace {

constexpr IsaVariants<GemmKernels> kVariants = WINNOW_VARIANTS(kGemmKernels);

}  // namespace

const GemmKernels& GemmOf(Isa isa) { return VariantOf(kVariants, isa); }

void PackRight(const RightFactor& right, int64_t begin, int64_t end, int64_t inner, int64_t columns, float* packed) {
  const int64_t padded = PaddedColumns(columns);
  for (int64_t panel = 0; panel < padded; panel += kGemmPanel) {
    const int64_t width = std::min(kGemmPanel, padded - panel), filled = std::min(width, columns - panel);
    float* to = packed + panel * inner + begin * width;
    for (int64_t row = 0; row < end - begin; ++row, to += width) {
      const float* from = right.data + row * right.inner_stride + panel * right.column_stride;
      for (int64_t i = 0; i < filled; ++i) to[i] = from[i * right.column_stride];
      std::fill(to + filled, to + width, 0.0f);
    }
  }
}

void MultiplyPacked(const GemmKernels& kernels, const LeftFactor& a, int64_t rows, const float* packed, int64_t begin,
                    int64_t end, int64_t inner, int64_t columns, float* c, int64_t c_stride, bool add) {
  const int64_t padded = PaddedColumns(columns);
  for (int64_t panel = 0; panel < padded; panel += kGemmPanel) {
    const int64_t width = std::min(kGemmPanel, padded - panel);
    kernels.multiply(a, rows, end - begin, packed + panel * inner + begin * width, width, width, c + panel, c_stride,
                     add);
  }
}

}  // namespace winnow
