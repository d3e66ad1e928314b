#include "plan/steps.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/float_environment.h"
#include "plan/planes.h"

namespace winnow::plan {
namespace {

constexpr IsaVariants<PlaneKernels> kVariants = WINNOW_VARIANTS(kPlaneKernels);

const PlaneKernels& KernelsOf(const BlockRun& run) { return VariantOf(kVariants, run.isa); }

/// A step made of a function.
template <typename Body>
class FunctionStep final : public Step {
 public:
  explicit FunctionStep(Body body) : body_(std::move(body)) {}
  Status Run(const BlockRun& run) const override { return body_(run); }

 private:
  Body body_;
};

template <typename Body>
std::unique_ptr<Step> StepOf(Body body) {
  return std::make_unique<FunctionStep<Body>>(std::move(body));
}

/// Calls each(first, end) for parts of [0, total), on several threads, with IEEE floats.
template <typename Each>
Status Share(const BlockRun& run, int64_t total, int64_t cost, const Each& each) {
  run.parallel_for.Run(total, cost, [&](int64_t first, int64_t end) {
    const ScopedIeeeFloats ieee;
    each(first, end);
  });
  return {};
}

int64_t CostOf(ActivationCall activation) {
  const bool is_cheap = activation.kind <= Activation::kLeakyRelu || activation.kind == Activation::kThresholdedRelu;
  return is_cheap ? 1 : 4;
}

int64_t VectorsOf(const Plane& plane) { return 1 + plane.size / kVector; }

}  // namespace

std::unique_ptr<Step> ReadInput(int64_t input, const RowValue& to) {
  return StepOf([=](const BlockRun& run) -> Status {
    float* const data = run.At(to.storage);
    const int64_t all = to.rows * to.channels, given = run.images * to.image;
    std::memcpy(data, run.inputs[input], given * sizeof(float));
    std::fill(data + given, data + all, 0.0f);
    return {};
  });
}

std::unique_ptr<Step> WriteOutput(const RowValue& from, int64_t output) {
  return StepOf([=](const BlockRun& run) -> Status {
    std::memcpy(run.outputs[output], run.At(from.storage), run.images * from.image * sizeof(float));
    return {};
  });
}

std::unique_ptr<Step> Pack(const RowValue& from, const PlaneValue& to) {
  return StepOf([=](const BlockRun& run) {
    float* const planes = run.At(to.storage);
    const float* const images = run.At(from.storage);
    return Share(run, to.plane.height, to.plane.width * to.plane.lanes * to.channels / 4,
                 [&](int64_t first, int64_t end) {
                   KernelsOf(run).pack(images, from.image, to.channels, to.plane, first, end, planes);
                   ZeroMargins(to.plane, first, end, 0, to.channels, planes);
                 });
  });
}

std::unique_ptr<Step> Unpack(const PlaneValue& from, const RowValue& to) {
  return StepOf([=](const BlockRun& run) {
    return Share(run, from.plane.height, from.plane.width * from.plane.lanes * from.channels / 4,
                 [&](int64_t first, int64_t end) {
                   KernelsOf(run).unpack(run.At(from.storage), to.image, from.channels, from.plane, first, end,
                                         run.At(to.storage));
                 });
  });
}

std::unique_ptr<Step> ConvolveSparse(SparseLayer layer, int64_t in, int64_t residual, int64_t scratch, int64_t out) {
  return StepOf([layer = std::move(layer), in, residual, scratch, out](const BlockRun& run) -> Status {
    layer.Run(run.At(in), residual < 0 ? nullptr : run.At(residual), run.parallel_for, run.isa,
              scratch < 0 ? nullptr : run.At(scratch), run.At(out));
    return {};
  });
}

namespace {

/// A class of its own: a Conv2dPlan moves and does not copy.
class DenseStep final : public Step {
 public:
  DenseStep(DenseLayer layer, int64_t in, int64_t residual, int64_t workspace, const RowValue& out)
      : layer_(std::move(layer)), in_(in), residual_(residual), workspace_(workspace), out_(out) {}

  Status Run(const BlockRun& run) const override {
    float* const y = run.At(out_.storage);
    const Conv2dSizes& sizes = layer_.plan.sizes();
    // How much room there is says how many threads may work.
    const int64_t floats = run.by_one ? layer_.workspace_floats_one : layer_.workspace_floats_all;
    WINNOW_RETURN_IF_ERROR(layer_.plan.Run({run.At(in_), sizes.x}, {nullptr, 0}, run.parallel_for,
                                           {run.At(workspace_), floats}, {y, sizes.y}));
    const float* const residual = residual_ < 0 ? nullptr : run.At(residual_);
    if (layer_.bias.empty() && residual == nullptr && layer_.activation.kind == Activation::kNone) return {};
    const float* const bias = layer_.bias.empty() ? nullptr : layer_.bias.data();
    return Share(run, out_.rows, out_.channels * CostOf(layer_.activation) / 4 + 1, [&](int64_t first, int64_t end) {
      const int64_t at = first * out_.channels;
      KernelsOf(run).finish_rows(y + at, nullptr, bias, residual == nullptr ? nullptr : residual + at,
                                 layer_.activation, end - first, out_.channels, y + at);
    });
  }

 private:
  DenseLayer layer_;
  int64_t in_, residual_, workspace_;
  RowValue out_;
};

}  // namespace

std::unique_ptr<Step> ConvolveDense(DenseLayer layer, int64_t in, int64_t residual, int64_t workspace,
                                    const RowValue& out) {
  return std::make_unique<DenseStep>(std::move(layer), in, residual, workspace, out);
}

std::unique_ptr<Step> ScaleShiftPlanes(const PlaneValue& x, Affine affine, int64_t y) {
  return StepOf([x, affine = std::move(affine), y](const BlockRun& run) {
    const float* const scale = affine.scale.empty() ? nullptr : affine.scale.data();
    return Share(run, x.channels, VectorsOf(x.plane) * CostOf(affine.activation), [&](int64_t first, int64_t end) {
      KernelsOf(run).scale_shift(run.At(x.storage), scale, affine.shift.data(), affine.activation, x.plane, first, end,
                                 run.At(y));
      ZeroMargins(x.plane, 0, x.plane.height, first, end, run.At(y));
    });
  });
}

std::unique_ptr<Step> ScaleShiftRows(const RowValue& x, Affine affine, int64_t residual, int64_t y) {
  return StepOf([x, affine = std::move(affine), residual, y](const BlockRun& run) {
    const float* const scale = affine.scale.empty() ? nullptr : affine.scale.data();
    const float* const shift = affine.shift.empty() ? nullptr : affine.shift.data();
    return Share(run, x.rows, x.channels * CostOf(affine.activation) / 4 + 1, [&](int64_t first, int64_t end) {
      const int64_t at = first * x.channels;
      KernelsOf(run).finish_rows(run.At(x.storage) + at, scale, shift, residual < 0 ? nullptr : run.At(residual) + at,
                                 affine.activation, end - first, x.channels, run.At(y) + at);
    });
  });
}

std::unique_ptr<Step> CombinePlanes(Binary binary, std::vector<PlaneValue> inputs, ActivationCall activation,
                                    const PlaneValue& y) {
  return StepOf([binary, inputs = std::move(inputs), activation, y](const BlockRun& run) {
    float* const out = run.At(y.storage);
    const auto side = [&](const PlaneValue& value) -> BinarySide {
      const bool is_one = value.plane.height * value.plane.width == 1 && y.plane.height * y.plane.width > 1;
      return {run.At(value.storage) + (is_one ? value.plane.At(0, 0) : 0), value.plane.size, is_one};
    };
    const int64_t cost = VectorsOf(y.plane) * CostOf(activation) * static_cast<int64_t>(inputs.size());
    return Share(run, y.channels, cost, [&](int64_t first, int64_t end) {
      BinarySide so_far = side(inputs[0]);
      for (size_t i = 1; i < inputs.size(); ++i) {
        const ActivationCall last = i + 1 == inputs.size() ? activation : ActivationCall();
        KernelsOf(run).binary(static_cast<int>(binary), so_far, side(inputs[i]), last, y.plane, first, end, out);
        so_far = {out, y.plane.size, false};
      }
      ZeroMargins(y.plane, 0, y.plane.height, first, end, out);
    });
  });
}

std::unique_ptr<Step> SoftmaxRows(const RowValue& x, bool logarithm, int64_t y) {
  return StepOf([=](const BlockRun& run) {
    return Share(run, x.rows, 4 * x.channels, [&](int64_t first, int64_t end) {
      const int64_t at = first * x.channels;
      KernelsOf(run).softmax(run.At(x.storage) + at, logarithm, end - first, x.channels, run.At(y) + at);
    });
  });
}

std::unique_ptr<Step> PoolPlanes(const PlaneValue& x, const PoolWindow& window, int64_t scratch, const PlaneValue& y) {
  return StepOf([=](const BlockRun& run) {
    const int64_t row = x.plane.width * x.plane.lanes;
    const int64_t cost = y.plane.height * row * (1 + window.kernel_height / 4);
    return Share(run, x.channels, cost, [&](int64_t first, int64_t end) {
      for (int64_t channel = first; channel < end; ++channel) {
        KernelsOf(run).pool(window, x.plane, run.At(x.storage) + channel * x.plane.size, y.plane,
                            run.At(scratch) + channel * row, run.At(y.storage) + channel * y.plane.size);
      }
      ZeroMargins(y.plane, 0, y.plane.height, first, end, run.At(y.storage));
    });
  });
}

std::unique_ptr<Step> CopyPlanes(std::vector<PlaneValue> inputs, const Placement& placement, const PlaneValue& y) {
  return StepOf([inputs = std::move(inputs), placement, y](const BlockRun& run) -> Status {
    const Placement& p = placement;
    const int64_t lanes = y.plane.lanes;
    float* to = run.At(y.storage);
    std::fill_n(to, p.first * y.plane.size, 0.0f);
    to += p.first * y.plane.size;
    for (const PlaneValue& input : inputs) {
      const Plane& in = input.plane;
      const bool is_whole = p.factor_width == 1;
      WINNOW_RETURN_IF_ERROR(Share(run, input.channels, VectorsOf(y.plane), [&](int64_t first, int64_t end) {
        for (int64_t channel = first; channel < end; ++channel) {
          const float* const from = run.At(input.storage) + channel * in.size;
          float* const plane = to + channel * y.plane.size;
          std::fill_n(plane, y.plane.size, 0.0f);
          for (int64_t i = 0; i < in.height * p.factor_height; ++i) {
            const float* const row = from + in.At(i / p.factor_height, 0);
            float* const out = plane + y.plane.At(i + p.top, p.left);
            if (is_whole) std::memcpy(out, row, in.width * lanes * sizeof(float));
            for (int64_t j = 0; !is_whole && j < in.width * p.factor_width; ++j) {
              std::memcpy(out + j * lanes, row + j / p.factor_width * lanes, lanes * sizeof(float));
            }
          }
        }
      }));
      to += input.channels * y.plane.size;
    }
    std::fill(to, run.At(y.storage) + y.channels * y.plane.size, 0.0f);
    return {};
  });
}

}  // namespace winnow::plan
