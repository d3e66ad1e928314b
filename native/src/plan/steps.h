// The steps of a block's plan. Each knows its storages by number; a run knows where they lie.
#ifndef WINNOW_PLAN_STEPS_H_
#define WINNOW_PLAN_STEPS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "ops/conv2d/conv2d_plan.h"
#include "plan/block_plan.h"
#include "plan/plane.h"
#include "plan/planes_cpu.h"
#include "plan/sparse_layer.h"

namespace winnow::plan {

/// A value in planes: its storage, plane and channels.
struct PlaneValue {
  int64_t storage;
  Plane plane;
  int64_t channels;
};

/// A value as images [height, width, channels], one after the other.
struct RowValue {
  int64_t storage;
  /// Pixels of all images together, and floats of one image.
  int64_t rows;
  int64_t channels;
  int64_t image;
};

std::unique_ptr<Step> ReadInput(int64_t input, const RowValue& to);
std::unique_ptr<Step> WriteOutput(const RowValue& from, int64_t output);
std::unique_ptr<Step> Pack(const RowValue& from, const PlaneValue& to);
std::unique_ptr<Step> Unpack(const PlaneValue& from, const RowValue& to);

/// `residual` may be -1.
std::unique_ptr<Step> ConvolveSparse(SparseLayer layer, int64_t in, int64_t residual, int64_t scratch, int64_t out);
/// A dense convolution and what follows it; `bias` may be empty. `floats`: what the plan's workspace has for one thread
/// and for all.
struct DenseLayer {
  Conv2dPlan plan;
  std::vector<float> bias;
  ActivationCall activation;
  int64_t workspace_floats_one, workspace_floats_all;
};
std::unique_ptr<Step> ConvolveDense(DenseLayer layer, int64_t in, int64_t residual, int64_t workspace,
                                    const RowValue& out);

/// y = activation(x · scale + shift); scale and shift may be empty.
struct Affine {
  std::vector<float> scale, shift;
  ActivationCall activation;
};
std::unique_ptr<Step> ScaleShiftPlanes(const PlaneValue& x, Affine affine, int64_t y);
std::unique_ptr<Step> ScaleShiftRows(const RowValue& x, Affine affine, int64_t residual, int64_t y);
/// One value and the next, then their result and the one after: `y` is written again and again.
std::unique_ptr<Step> CombinePlanes(Binary binary, std::vector<PlaneValue> inputs, ActivationCall activation,
                                    const PlaneValue& y);
std::unique_ptr<Step> SoftmaxRows(const RowValue& x, bool logarithm, int64_t y);
/// `scratch`: a row of x for every channel.
std::unique_ptr<Step> PoolPlanes(const PlaneValue& x, const PoolWindow& window, int64_t scratch, const PlaneValue& y);
/// Copies the inputs' channels one behind the other, from channel `first` on, moved by `top` and `left`, each pixel
/// `factor_height` × `factor_width` times; zeros elsewhere.
struct Placement {
  int64_t first = 0, top = 0, left = 0, factor_height = 1, factor_width = 1;
};
std::unique_ptr<Step> CopyPlanes(std::vector<PlaneValue> inputs, const Placement& placement, const PlaneValue& y);

}  // namespace winnow::plan

#endif  // WINNOW_PLAN_STEPS_H_
