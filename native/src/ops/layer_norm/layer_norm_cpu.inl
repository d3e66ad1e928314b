// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/simd_loops.h"
#include "ops/layer_norm/layer_norm_cpu.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {
namespace {

RowMoments Forward(const float* x, const float* scale, const float* offset, int64_t width, float epsilon, float* y) {
  double totals[1];
  RowSums(width, totals, [&](auto at, F32* sums) WINNOW_INLINE_LAMBDA { sums[0] += at.Load(x); });
  const float row_mean = static_cast<float>(totals[0] / static_cast<double>(width));
  const F32 mean = Broadcast(row_mean);
  RowSums(width, totals, [&](auto at, F32* sums) WINNOW_INLINE_LAMBDA {
    const F32 d = at.Inside(at.Load(x) - mean);
    sums[0] = MultiplyAdd(d, d, sums[0]);
  });
  const double variance = totals[0] / static_cast<double>(width);
  const float row_inverse = static_cast<float>(1 / __builtin_sqrt(variance + static_cast<double>(epsilon)));
  const F32 inverse = Broadcast(row_inverse);
  ForVectors(0, width, [&](auto at) WINNOW_INLINE_LAMBDA {
    at.Store(y, MultiplyAdd((at.Load(x) - mean) * inverse, at.Load(scale), at.Load(offset)));
  });
  return {row_mean, row_inverse};
}

void Backward(const float* x, const float* dy, const float* scale, int64_t width, const RowMoments& moments, float* dx,
              float* dscale, float* doffset) {
  const F32 mean = Broadcast(moments.mean), inverse = Broadcast(moments.inverse_deviation);
  double totals[2];
  RowSums(width, totals, [&](auto at, F32* sums) WINNOW_INLINE_LAMBDA {
    const F32 g = at.Load(dy) * at.Load(scale);
    sums[0] += g;
    sums[1] = MultiplyAdd(g, at.Inside((at.Load(x) - mean) * inverse), sums[1]);
  });
  const F32 mean_g = Broadcast(static_cast<float>(totals[0] / static_cast<double>(width)));
  const F32 mean_gz = Broadcast(static_cast<float>(totals[1] / static_cast<double>(width)));
  ForVectors(0, width, [&](auto at) WINNOW_INLINE_LAMBDA {
    const F32 d = at.Load(dy), z = (at.Load(x) - mean) * inverse;
    at.Store(dscale, MultiplyAdd(d, z, at.Load(dscale)));
    at.Store(doffset, at.Load(doffset) + d);
    at.Store(dx, inverse * (MultiplyAdd(d, at.Load(scale), -mean_g) - z * mean_gz));
  });
}

}  // namespace

const LayerNormKernels kLayerNormKernels = {Forward, Backward};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
