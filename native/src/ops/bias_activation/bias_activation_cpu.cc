#include "ops/bias_activation/bias_activation_cpu.h"

#include <algorithm>
#include <new>

#include "core/float_environment.h"
#include "core/row_chunks.h"
#include "ops/bias_activation/bias_activation.h"

namespace winnow {
namespace {

constexpr IsaVariants<BiasActivationKernels> kVariants = WINNOW_VARIANTS(kBiasActivationKernels);

/// Cycles of an element.
int64_t Cost(BiasActivationKind kind) {
  return kind == BiasActivationKind::kGelu || kind == BiasActivationKind::kGeluTanh ? 6 : 1;
}

}  // namespace

Status BiasActivation(const BiasActivationArguments& arguments, ParallelFor& parallel_for, float* y) {
  WINNOW_RETURN_IF_ERROR(CheckBiasActivation(arguments));
  const BiasActivationKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  const int64_t width = arguments.width;
  // Any number of rows may be empty.
  if (width == 0) return {};
  parallel_for.Run(arguments.rows, 1 + width * Cost(arguments.kind), [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    kernels->forward(static_cast<int>(arguments.kind), arguments.x + begin * width, arguments.bias, end - begin, width,
                     y + begin * width);
  });
  return {};
}

Status BiasActivationGrad(const BiasActivationArguments& arguments, const float* dy, ParallelFor& parallel_for,
                          float* dx, float* dbias) try {
  WINNOW_RETURN_IF_ERROR(CheckBiasActivation(arguments));
  const BiasActivationKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  const int64_t width = arguments.width;
  if (width == 0) return {};
  const bool is_identity = arguments.kind == BiasActivationKind::kNone;
  const auto rows = [&](int64_t begin, int64_t end, float* partial) {
    const ScopedIeeeFloats ieee;
    const int64_t at = begin * width;
    if (!is_identity) {
      kernels->backward(static_cast<int>(arguments.kind), arguments.x + at, arguments.bias, dy + at, end - begin, width,
                        dx + at, partial);
      return;
    }
    if (dx != nullptr && dx != dy) std::copy_n(dy + at, (end - begin) * width, dx + at);
    if (partial != nullptr) kernels->add_rows(dy + at, end - begin, width, partial);
  };
  const int64_t cost = 1 + width * Cost(arguments.kind);
  if (dbias != nullptr) {
    RowChunks(arguments.rows).Sum(parallel_for, cost, width, dbias, rows);
  } else {
    parallel_for.Run(arguments.rows, cost, [&](int64_t begin, int64_t end) { rows(begin, end, nullptr); });
  }
  return {};
} catch (const std::bad_alloc&) {
  return OutOfMemory();
}

}  // namespace winnow
