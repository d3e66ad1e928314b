#include "plan/block_plan.h"

#include <algorithm>
#include <utility>

#include "plan/planes.h"
#include "plan/steps.h"

namespace winnow::plan {
namespace {

/// Up to which share of weights that are left the sparse form is the faster one: against Winograd's dense algorithm;
/// against all others; and those with strides, whose pixels are sorted first where they lie side by side in a vector.
/// Measured on two cores of Zen 4 with AVX-512, with all layers of a network in one form: ResNet-32's, and stacks of
/// 1×1, 5×5 and strided 3×3 convolutions of 64 channels.
struct MostDensity {
  double winograd, other, strided;
};
constexpr MostDensity kMostDensityImages = {0.3, 0.5, 0.5}, kMostDensityPixels = {0.15, 0.38, 0.1};

double DensityOf(const Node& node, const Shape& in) {
  const int64_t count =
      node.window.kernel_height * node.window.kernel_width * (in.channels / node.groups) * node.outputs;
  int64_t kept = 0;
  for (int64_t i = 0; i < count; ++i) kept += node.weights[i] != 0;
  return static_cast<double>(kept) / static_cast<double>(count);
}

Affine AffineOf(const Node& node) {
  Affine affine;
  affine.activation = node.activation;
  if (node.scale != nullptr) affine.scale.assign(node.scale, node.scale + node.shape.channels);
  if (node.shift != nullptr) affine.shift.assign(node.shift, node.shift + node.shape.channels);
  return affine;
}

}  // namespace

/// Turns nodes into steps, one after the other, and remembers from which step to which every storage lives. A value has
/// a storage for each of the two layouts that somebody reads.
class BlockBuilder {
 public:
  BlockBuilder(const Network& network, int64_t lanes, Execution execution, int64_t threads, BlockPlan* plan)
      : nodes_(network.nodes), execution_(execution), threads_(threads), plan_(plan), planes_(lanes) {
    plan_->lanes_ = lanes;
  }

  Status Build() {
    WINNOW_RETURN_IF_ERROR(SelectIsa(&plan_->isa_));
    values_.resize(nodes_.size());
    is_sparse_.resize(nodes_.size(), false);
    for (size_t number = 0; number < nodes_.size(); ++number) {
      const Node& node = nodes_[number];
      if (node.op != Op::kConvolution) continue;
      bool is_sparse = false;
      WINNOW_RETURN_IF_ERROR(Choose(node, &is_sparse));
      is_sparse_[number] = is_sparse;
      plan_->sparse_layers_ += is_sparse;
      const bool is_strided = node.window.stride_height > 1 || node.window.stride_width > 1;
      if (is_sparse && (lanes() > 1 || !is_strided)) planes_.AddWindows(node, In(node));
    }
    for (size_t number = 0; number < nodes_.size(); ++number) {
      WINNOW_RETURN_IF_ERROR(Add(static_cast<int32_t>(number)).In("nodes", static_cast<int64_t>(number)));
    }
    plan_->one_ = PlanArena(lifetimes_one_);
    plan_->all_ = PlanArena(lifetimes_all_);
    return {};
  }

 private:
  struct Storages {
    int64_t rows = -1, planes = -1;
  };

  int64_t lanes() const { return plan_->lanes_; }
  const Shape& In(const Node& node, size_t at = 0) const { return nodes_[node.inputs[at]].shape; }

  Status Choose(const Node& node, bool* is_sparse) const {
    Conv2dPlan dense;
    const Conv2dDescriptor descriptor = DescriptorOf(node, In(node), lanes());
    WINNOW_RETURN_IF_ERROR(Conv2dPlan::Create(descriptor, Conv2dPass::kForward, &dense));
    const MostDensity& most = lanes() > 1 ? kMostDensityImages : kMostDensityPixels;
    const bool is_winograd = dense.algorithm() == Conv2dAlgorithm::kWinograd;
    *is_sparse =
        execution_ == Execution::kSparse || (execution_ == Execution::kAutomatic &&
                                             DensityOf(node, In(node)) <= (is_winograd ? most.winograd : most.other));
    return {};
  }

  int64_t AddStorage(int64_t floats) { return AddStorage(floats, floats); }
  /// Of the step that comes next.
  int64_t AddStorage(int64_t floats_one, int64_t floats_all) {
    const auto step = static_cast<int64_t>(plan_->steps_.size());
    lifetimes_one_.push_back({floats_one, step, step});
    lifetimes_all_.push_back({floats_all, step, step});
    return static_cast<int64_t>(lifetimes_one_.size()) - 1;
  }
  /// The step that comes next uses it.
  int64_t Use(int64_t storage) {
    const auto step = static_cast<int64_t>(plan_->steps_.size());
    lifetimes_one_[storage].last = lifetimes_all_[storage].last = step;
    return storage;
  }
  void AddStep(std::unique_ptr<Step> step) { plan_->steps_.push_back(std::move(step)); }

  RowValue RowsOf(int32_t value) const {
    const Shape& shape = nodes_[value].shape;
    return {values_[value].rows, lanes() * shape.pixels(), shape.channels, shape.floats()};
  }
  Status NewRows(int32_t value, RowValue* rows) {
    values_[value].rows = AddStorage(lanes() * nodes_[value].shape.floats());
    *rows = RowsOf(value);
    return {};
  }
  Status PlanesOf(int32_t value, PlaneValue* planes) const {
    const Shape& shape = nodes_[value].shape;
    planes->storage = values_[value].planes;
    planes->channels = shape.channels;
    return planes_.PlaneOf(shape, &planes->plane);
  }
  Status NewPlanes(int32_t value, PlaneValue* planes) {
    WINNOW_RETURN_IF_ERROR(PlanesOf(value, planes));
    planes->storage = values_[value].planes = AddStorage(PlanesFloats(planes->plane, planes->channels));
    return {};
  }

  /// Makes sure that a value has the layout.
  Status NeedRows(int32_t value) {
    if (values_[value].rows >= 0) return {};
    PlaneValue planes;
    RowValue rows;
    WINNOW_RETURN_IF_ERROR(PlanesOf(value, &planes));
    WINNOW_RETURN_IF_ERROR(NewRows(value, &rows));
    Use(planes.storage);
    AddStep(Unpack(planes, rows));
    return {};
  }
  Status NeedPlanes(int32_t value) {
    if (values_[value].planes >= 0) return {};
    PlaneValue planes;
    const RowValue rows = RowsOf(value);
    WINNOW_RETURN_IF_ERROR(NewPlanes(value, &planes));
    Use(rows.storage);
    AddStep(Pack(rows, planes));
    return {};
  }
  /// All inputs in planes, used by the step that comes next.
  Status InPlanes(const Node& node, std::vector<PlaneValue>* inputs) {
    for (int32_t input : node.inputs) WINNOW_RETURN_IF_ERROR(NeedPlanes(input));
    for (int32_t input : node.inputs) {
      inputs->emplace_back();
      WINNOW_RETURN_IF_ERROR(PlanesOf(input, &inputs->back()));
      Use(inputs->back().storage);
    }
    return {};
  }

  Status Add(int32_t number) {
    const Node& node = nodes_[number];
    switch (node.op) {
      case Op::kInput: {
        RowValue rows;
        WINNOW_RETURN_IF_ERROR(NewRows(number, &rows));
        AddStep(ReadInput(inputs_++, rows));
        return {};
      }
      case Op::kOutput:
        WINNOW_RETURN_IF_ERROR(NeedRows(node.inputs[0]));
        Use(values_[node.inputs[0]].rows);
        AddStep(WriteOutput(RowsOf(node.inputs[0]), outputs_++));
        return {};
      case Op::kReshape:
        WINNOW_RETURN_IF_ERROR(NeedRows(node.inputs[0]));
        values_[number].rows = values_[node.inputs[0]].rows;
        return {};
      case Op::kConvolution:
        return is_sparse_[number] ? AddSparse(number) : AddDense(number);
      case Op::kSoftmax:
      case Op::kLogSoftmax: {
        RowValue rows;
        WINNOW_RETURN_IF_ERROR(NeedRows(node.inputs[0]));
        WINNOW_RETURN_IF_ERROR(NewRows(number, &rows));
        Use(values_[node.inputs[0]].rows);
        AddStep(SoftmaxRows(RowsOf(node.inputs[0]), node.op == Op::kLogSoftmax, rows.storage));
        return {};
      }
      case Op::kScaleShift:
      case Op::kActivation:
        return values_[node.inputs[0]].planes < 0 ? AddRows(number, -1) : AddPlanes(number);
      case Op::kAdd: {
        // Between dense layers nothing is turned into planes.
        const bool is_pair = node.inputs.size() == 2 && In(node, 0) == In(node, 1);
        const bool has_rows = is_pair && values_[node.inputs[0]].planes < 0 && values_[node.inputs[1]].planes < 0;
        return has_rows ? AddRows(number, node.inputs[1]) : AddPlanes(number);
      }
      default:
        return AddPlanes(number);
    }
  }

  Status AddSparse(int32_t number) {
    const Node& node = nodes_[number];
    const int32_t input = node.inputs[0];
    WINNOW_RETURN_IF_ERROR(NeedPlanes(input));
    if (node.residual >= 0) WINNOW_RETURN_IF_ERROR(NeedPlanes(node.residual));
    PlaneValue in, out;
    WINNOW_RETURN_IF_ERROR(PlanesOf(input, &in));
    WINNOW_RETURN_IF_ERROR(NewPlanes(number, &out));
    SparseLayer layer;
    WINNOW_RETURN_IF_ERROR(SparseLayer::Create(node, In(node), in.plane, out.plane, &layer));
    const int64_t scratch = layer.ScratchFloats() > 0 ? AddStorage(layer.ScratchFloats()) : -1;
    const int64_t residual = node.residual < 0 ? -1 : Use(values_[node.residual].planes);
    Use(in.storage);
    AddStep(ConvolveSparse(std::move(layer), in.storage, residual, scratch, out.storage));
    return {};
  }

  Status AddDense(int32_t number) {
    const Node& node = nodes_[number];
    const int32_t input = node.inputs[0];
    WINNOW_RETURN_IF_ERROR(NeedRows(input));
    if (node.residual >= 0) WINNOW_RETURN_IF_ERROR(NeedRows(node.residual));
    DenseLayer layer;
    const Conv2dDescriptor descriptor = DescriptorOf(node, In(node), lanes());
    WINNOW_RETURN_IF_ERROR(Conv2dPlan::Create(descriptor, Conv2dPass::kForward, &layer.plan));
    WINNOW_RETURN_IF_ERROR(layer.plan.PrepareWeights({node.weights, layer.plan.sizes().filter}));
    if (node.bias != nullptr) layer.bias.assign(node.bias, node.bias + node.outputs);
    layer.activation = node.activation;
    layer.workspace_floats_one = layer.plan.WorkspaceSize(1);
    layer.workspace_floats_all = layer.plan.WorkspaceSize(static_cast<int>(threads_));
    RowValue out;
    WINNOW_RETURN_IF_ERROR(NewRows(number, &out));
    const int64_t workspace = AddStorage(layer.workspace_floats_one, layer.workspace_floats_all);
    const int64_t residual = node.residual < 0 ? -1 : Use(values_[node.residual].rows);
    AddStep(ConvolveDense(std::move(layer), Use(values_[input].rows), residual, workspace, out));
    return {};
  }

  Status AddRows(int32_t number, int32_t residual) {
    const Node& node = nodes_[number];
    RowValue y;
    WINNOW_RETURN_IF_ERROR(NewRows(number, &y));
    const int64_t added = residual < 0 ? -1 : Use(values_[residual].rows);
    Use(values_[node.inputs[0]].rows);
    AddStep(ScaleShiftRows(RowsOf(node.inputs[0]), AffineOf(node), added, y.storage));
    return {};
  }

  Status AddPlanes(int32_t number) {
    const Node& node = nodes_[number];
    for (int32_t input : node.inputs) WINNOW_RETURN_IF_ERROR(NeedPlanes(input));
    const Window& w = node.window;
    PlaneValue y;
    WINNOW_RETURN_IF_ERROR(NewPlanes(number, &y));
    std::vector<PlaneValue> x;
    WINNOW_RETURN_IF_ERROR(InPlanes(node, &x));
    switch (node.op) {
      case Op::kAdd:
      case Op::kMultiply:
      case Op::kMaximum:
      case Op::kMinimum: {
        const auto binary = static_cast<Binary>(static_cast<int>(node.op) - static_cast<int>(Op::kAdd));
        if (x.size() > 1) {
          AddStep(CombinePlanes(binary, std::move(x), node.activation, y));
        } else {
          AddStep(ScaleShiftPlanes(x[0], AffineOf(node), y.storage));
        }
        return {};
      }
      case Op::kConcatenate:
        AddStep(CopyPlanes(std::move(x), {}, y));
        return {};
      case Op::kZeroPad:
        AddStep(CopyPlanes(std::move(x), {node.channels_before, w.padding_top, w.padding_left, 1, 1}, y));
        return {};
      case Op::kUpsample:
        AddStep(CopyPlanes(std::move(x), {0, 0, 0, w.kernel_height, w.kernel_width}, y));
        return {};
      case Op::kMaxPool:
      case Op::kAveragePool: {
        const int64_t scratch = AddStorage(x[0].plane.width * x[0].plane.lanes * x[0].channels);
        const PoolWindow window = {w.kernel_height, w.kernel_width, w.stride_height,        w.stride_width,
                                   w.padding_top,   w.padding_left, node.op == Op::kMaxPool};
        AddStep(PoolPlanes(x[0], window, scratch, y));
        return {};
      }
      default:
        AddStep(ScaleShiftPlanes(x[0], AffineOf(node), y.storage));
        return {};
    }
  }

  const std::vector<Node>& nodes_;
  const Execution execution_;
  const int64_t threads_;
  BlockPlan* plan_;
  Planes planes_;
  std::vector<Storages> values_;
  std::vector<bool> is_sparse_;
  std::vector<Lifetime> lifetimes_one_, lifetimes_all_;
  int64_t inputs_ = 0, outputs_ = 0;
};

Status BlockPlan::Create(const Network& checked, int64_t lanes, Execution execution, int64_t threads, BlockPlan* plan) {
  BlockPlan made;
  WINNOW_RETURN_IF_ERROR(BlockBuilder(checked, lanes, execution, threads, &made).Build());
  *plan = std::move(made);
  return {};
}

Status BlockPlan::Run(int64_t images, const float* const* inputs, float* const* outputs, float* arena, bool by_one,
                      ParallelFor& parallel_for) const {
  const BlockRun run = {arena, (by_one ? one_ : all_).offsets, parallel_for, isa_, by_one, images, inputs, outputs};
  for (const std::unique_ptr<Step>& step : steps_) WINNOW_RETURN_IF_ERROR(step->Run(run));
  return {};
}

}  // namespace winnow::plan
