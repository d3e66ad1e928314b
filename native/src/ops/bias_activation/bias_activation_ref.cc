#include <cmath>
#include <vector>

#include "ops/bias_activation/bias_activation.h"

namespace winnow {
namespace {

constexpr double kRootTwoOverPi = 0.79788456080286535588;
constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kRootTwoPiInverse = 0.39894228040143267794;

double Activate(BiasActivationKind kind, double u) {
  switch (kind) {
    case BiasActivationKind::kNone:
      return u;
    case BiasActivationKind::kRelu:
      return u < 0 ? 0 : u;
    case BiasActivationKind::kGelu:
      return 0.5 * u * (1 + std::erf(u * kRootHalf));
    case BiasActivationKind::kGeluTanh:
      return 0.5 * u * (1 + std::tanh(kRootTwoOverPi * (u + 0.044715 * u * u * u)));
  }
  return u;
}

double Slope(BiasActivationKind kind, double u) {
  switch (kind) {
    case BiasActivationKind::kNone:
      return 1;
    case BiasActivationKind::kRelu:
      return u > 0 ? 1 : 0;
    case BiasActivationKind::kGelu:
      return 0.5 * (1 + std::erf(u * kRootHalf)) + u * kRootTwoPiInverse * std::exp(-0.5 * u * u);
    case BiasActivationKind::kGeluTanh: {
      const double t = std::tanh(kRootTwoOverPi * (u + 0.044715 * u * u * u));
      return 0.5 * (1 + t) + 0.5 * u * (1 - t * t) * kRootTwoOverPi * (1 + 3 * 0.044715 * u * u);
    }
  }
  return 1;
}

}  // namespace

void BiasActivationReference(const BiasActivationArguments& arguments, float* y) {
  for (int64_t i = 0; i < arguments.rows * arguments.width; ++i) {
    const float u = arguments.bias == nullptr ? arguments.x[i] : arguments.x[i] + arguments.bias[i % arguments.width];
    y[i] = static_cast<float>(Activate(arguments.kind, u));
  }
}

void BiasActivationGradReference(const BiasActivationArguments& arguments, const float* dy, float* dx, float* dbias) {
  std::vector<double> sums(arguments.width);
  for (int64_t i = 0; i < arguments.rows * arguments.width; ++i) {
    const int64_t column = i % arguments.width;
    double slope = 1;
    if (arguments.kind != BiasActivationKind::kNone) {
      const float u = arguments.bias == nullptr ? arguments.x[i] : arguments.x[i] + arguments.bias[column];
      slope = Slope(arguments.kind, u);
    }
    dx[i] = static_cast<float>(dy[i] * slope);
    sums[column] += dx[i];
  }
  for (int64_t column = 0; column < arguments.width; ++column) dbias[column] = static_cast<float>(sums[column]);
}

}  // namespace winnow
