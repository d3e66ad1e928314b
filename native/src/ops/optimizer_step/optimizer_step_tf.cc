#include "ops/optimizer_step/optimizer_step.h"
#include "tf/op_kernel.h"

namespace winnow::tf {
namespace {

constexpr char kSgdName[] = "winnow.sgd";
constexpr char kAdamName[] = "winnow.adam";

absl::Status AsTheInputs(InferenceContext* context, const char* inputs, const char* outputs) {
  std::vector<tensorflow::shape_inference::ShapeHandle> shapes;
  TF_RETURN_IF_ERROR(context->input(inputs, &shapes));
  return context->set_output(outputs, shapes);
}

// `decay` [N, 2]: for every variable what is added to the gradient (times the variable), and what multiplies the
// variable. `settings`: learning rate, momentum, clip norm.
REGISTER_OP("WinnowSgdStep")
    .Input("variables: N * float")
    .Input("gradients: N * float")
    .Input("momenta: M * float")
    .Input("decay: float")
    .Input("settings: float")
    .Output("new_variables: N * float")
    .Output("new_momenta: M * float")
    .Attr("N: int >= 1")
    .Attr("M: int >= 0")
    .Attr("nesterov: bool")
    .SetShapeFn([](InferenceContext* context) {
      TF_RETURN_IF_ERROR(AsTheInputs(context, "variables", "new_variables"));
      return AsTheInputs(context, "momenta", "new_momenta");
    });

// `settings`: step size, 1 - beta1, beta2, 1 - beta2, epsilon, 1 / sqrt(1 - beta2^t), clip norm.
REGISTER_OP("WinnowAdamStep")
    .Input("variables: N * float")
    .Input("gradients: N * float")
    .Input("means: N * float")
    .Input("squares: N * float")
    .Input("decay: float")
    .Input("settings: float")
    .Output("new_variables: N * float")
    .Output("new_means: N * float")
    .Output("new_squares: N * float")
    .Attr("N: int >= 1")
    .SetShapeFn([](InferenceContext* context) {
      TF_RETURN_IF_ERROR(AsTheInputs(context, "variables", "new_variables"));
      TF_RETURN_IF_ERROR(AsTheInputs(context, "means", "new_means"));
      return AsTheInputs(context, "squares", "new_squares");
    });

/// A list of inputs whose entries have the variables' shapes, and outputs of the same.
struct Slots {
  OpInputList inputs;
  OpOutputList outputs;

  absl::Status Open(OpKernelContext* context, const char* op, const char* name, const OpInputList& variables) {
    TF_RETURN_IF_ERROR(context->input_list(name, &inputs));
    TF_RETURN_IF_ERROR(context->output_list(absl::StrCat("new_", name), &outputs));
    for (int i = 0; i < inputs.size(); ++i) {
      TF_RETURN_IF_ERROR(CheckShape(op, absl::StrCat(name, "[", i, "]").c_str(), inputs[i], variables[i].shape()));
    }
    return absl::OkStatus();
  }
  const float* Old(int i) const { return Floats(inputs[i]); }
  absl::Status New(int i, float** data) {
    Tensor* tensor = nullptr;
    TF_RETURN_IF_ERROR(outputs.allocate(i, inputs[i].shape(), &tensor));
    *data = Floats(tensor);
    return absl::OkStatus();
  }
};

/// What both optimizers read.
struct Inputs {
  Slots variables;
  OpInputList gradients;
  const float* decay;
  const float* settings;

  absl::Status Open(OpKernelContext* context, const char* op, int settings_count) {
    TF_RETURN_IF_ERROR(context->input_list("variables", &variables.inputs));
    TF_RETURN_IF_ERROR(variables.Open(context, op, "variables", variables.inputs));
    TF_RETURN_IF_ERROR(context->input_list("gradients", &gradients));
    const int count = variables.inputs.size();
    for (int i = 0; i < count; ++i) {
      const std::string name = absl::StrCat("gradients[", i, "]");
      TF_RETURN_IF_ERROR(CheckShape(op, name.c_str(), gradients[i], variables.inputs[i].shape()));
    }
    const Tensor *decay_tensor = nullptr, *settings_tensor = nullptr;
    TF_RETURN_IF_ERROR(context->input("decay", &decay_tensor));
    TF_RETURN_IF_ERROR(context->input("settings", &settings_tensor));
    TF_RETURN_IF_ERROR(CheckShape(op, "decay", *decay_tensor, {count, 2}));
    TF_RETURN_IF_ERROR(CheckShape(op, "settings", *settings_tensor, {settings_count}));
    decay = Floats(*decay_tensor);
    settings = Floats(*settings_tensor);
    return absl::OkStatus();
  }

  absl::Status At(int i, OptimizedVariable* variable) {
    *variable = {variables.Old(i), Floats(gradients[i]), gradients[i].NumElements(),
                 decay[2 * i],     decay[2 * i + 1],     nullptr};
    return variables.New(i, &variable->new_variable);
  }
};

class SgdStepOp : public OpKernel {
 public:
  explicit SgdStepOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("nesterov", &nesterov_));
  }

  absl::Status Run(OpKernelContext* context) override {
    Inputs inputs;
    TF_RETURN_IF_ERROR(inputs.Open(context, kSgdName, 3));
    const int count = inputs.gradients.size();
    Slots momenta;
    TF_RETURN_IF_ERROR(context->input_list("momenta", &momenta.inputs));
    if (momenta.inputs.size() != 0 && momenta.inputs.size() != count) {
      return absl::InvalidArgumentError("winnow.sgd: momenta must be none or one for every variable");
    }
    TF_RETURN_IF_ERROR(momenta.Open(context, kSgdName, "momenta", inputs.variables.inputs));
    std::vector<SgdVariable> variables(count);
    for (int i = 0; i < count; ++i) {
      TF_RETURN_IF_ERROR(inputs.At(i, &variables[i].common));
      if (momenta.inputs.size() == 0) continue;
      variables[i].momentum = momenta.Old(i);
      TF_RETURN_IF_ERROR(momenta.New(i, &variables[i].new_momentum));
    }
    WorkerPoolFor parallel_for(context);
    const SgdSettings settings = {inputs.settings[0], inputs.settings[1], nesterov_, inputs.settings[2]};
    return ToTensorFlow(kSgdName, SgdStep(variables, settings, parallel_for));
  }

 private:
  bool nesterov_;
};

class AdamStepOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  absl::Status Run(OpKernelContext* context) override {
    Inputs inputs;
    TF_RETURN_IF_ERROR(inputs.Open(context, kAdamName, 7));
    const int count = inputs.gradients.size();
    Slots means, squares;
    TF_RETURN_IF_ERROR(means.Open(context, kAdamName, "means", inputs.variables.inputs));
    TF_RETURN_IF_ERROR(squares.Open(context, kAdamName, "squares", inputs.variables.inputs));
    std::vector<AdamVariable> variables(count);
    for (int i = 0; i < count; ++i) {
      AdamVariable& variable = variables[i];
      TF_RETURN_IF_ERROR(inputs.At(i, &variable.common));
      variable.mean = means.Old(i);
      variable.square = squares.Old(i);
      TF_RETURN_IF_ERROR(means.New(i, &variable.new_mean));
      TF_RETURN_IF_ERROR(squares.New(i, &variable.new_square));
    }
    const float* s = inputs.settings;
    const AdamSettings settings = {s[0], s[1], s[2], s[3], s[4], s[5], s[6]};
    WorkerPoolFor parallel_for(context);
    return ToTensorFlow(kAdamName, AdamStep(variables, settings, parallel_for));
  }
};

REGISTER_KERNEL_BUILDER(Name("WinnowSgdStep").Device(tensorflow::DEVICE_CPU).HostMemory("decay").HostMemory("settings"),
                        SgdStepOp);
REGISTER_KERNEL_BUILDER(
    Name("WinnowAdamStep").Device(tensorflow::DEVICE_CPU).HostMemory("decay").HostMemory("settings"), AdamStepOp);

}  // namespace
}  // namespace winnow::tf
