#include <cmath>

#include "ops/optimizer_step/optimizer_step.h"

namespace winnow {
namespace {

template <typename Variable>
float ClipFactor(const std::vector<Variable>& variables, float clip_norm) {
  if (clip_norm == 0) return 1;
  double sum = 0;
  for (const Variable& v : variables) {
    for (int64_t i = 0; i < v.common.size; ++i) sum += static_cast<double>(v.common.gradient[i]) * v.common.gradient[i];
  }
  const double factor = clip_norm / (std::sqrt(sum) + 1e-6);
  return factor > 1 ? 1.0f : static_cast<float>(factor);
}

}  // namespace

void SgdStepReference(const std::vector<SgdVariable>& variables, const SgdSettings& settings) {
  const float clip = ClipFactor(variables, settings.clip_norm);
  for (const SgdVariable& v : variables) {
    for (int64_t i = 0; i < v.common.size; ++i) {
      const float w = v.common.variable[i];
      const float g = v.common.gradient[i] * clip + v.common.l2 * w;
      float move = g;
      if (v.momentum != nullptr) {
        const float m = settings.momentum * v.momentum[i] + g;
        v.new_momentum[i] = m;
        move = settings.nesterov ? g + settings.momentum * m : m;
      }
      v.common.new_variable[i] = w * v.common.shrink - settings.learning_rate * move;
    }
  }
}

void AdamStepReference(const std::vector<AdamVariable>& variables, const AdamSettings& settings) {
  const float clip = ClipFactor(variables, settings.clip_norm);
  for (const AdamVariable& v : variables) {
    for (int64_t i = 0; i < v.common.size; ++i) {
      const float w = v.common.variable[i];
      const float g = v.common.gradient[i] * clip + v.common.l2 * w;
      const float mean = v.mean[i] + settings.mean_rate * (g - v.mean[i]);
      const float square = settings.beta2 * v.square[i] + settings.square_rate * g * g;
      v.new_mean[i] = mean;
      v.new_square[i] = square;
      const float root = std::sqrt(square) * settings.root_scale + settings.epsilon;
      v.common.new_variable[i] = w * v.common.shrink - settings.step_size * (mean / root);
    }
  }
}

}  // namespace winnow
