#include "ops/conv2d/conv2d_cpu.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/workers.h"
#include "ops/conv2d/conv2d_plan.h"

namespace winnow {
namespace {

/// Where the algorithm for sparse filters begins to be the faster one. Against Winograd's measured on Zen 4 with
/// AVX-512
/// (`bench kernels --only conv2d`), against patches an estimate.
constexpr int64_t kLeastSparseImages = 16;
constexpr double kMostDensityWinograd = 0.12, kMostDensityPatches = 0.5;

struct Candidate {
  Conv2dAlgorithm algorithm;
  const char* name;
  const Conv2dMethod* method;
};

const Candidate kCandidates[] = {{Conv2dAlgorithm::kWinograd, "Winograd's", &kWinogradMethod},
                                 {Conv2dAlgorithm::kDepthwise, "depthwise", &kDepthwiseMethod},
                                 {Conv2dAlgorithm::kPatches, "that of patches", &kPatchesMethod},
                                 {Conv2dAlgorithm::kSparse, "that for sparse filters", &kSparseMethod}};

const Conv2dMethod& MethodOf(Conv2dAlgorithm algorithm) {
  for (const Candidate& candidate : kCandidates) {
    if (candidate.algorithm == algorithm) return *candidate.method;
  }
  return kPatchesMethod;
}

Conv2dMemory MemoryOf(Conv2dAlgorithm algorithm, const Conv2dProblem& problem) {
  const Conv2dMemory memory = MethodOf(algorithm).memory(problem);
  return {WholeLines(memory.prepared), WholeLines(memory.preparing), WholeLines(memory.shared),
          WholeLines(memory.worker)};
}

/// What a run takes: the filter if it is not prepared yet, and then either the memory to prepare it or to run.
int64_t WorkspaceOf(const Conv2dMemory& memory, bool is_prepared, int64_t workers) {
  const int64_t running = memory.shared + workers * memory.worker;
  return is_prepared ? running : memory.prepared + std::max(memory.preparing, running);
}

Status CheckCount(const char* name, int64_t expected, const void* data, int64_t count) {
  if (count != expected) {
    return InvalidArgument(std::string(name) + " must have " + std::to_string(expected) + " elements, got " +
                           std::to_string(count));
  }
  if (data != nullptr || expected == 0) return {};
  return InvalidArgument(std::string(name) + " must not be null, for " + std::to_string(expected) + " elements");
}

}  // namespace

Status Conv2dPlan::Create(const Conv2dDescriptor& descriptor, Conv2dPass pass, Conv2dPlan* plan,
                          Conv2dAlgorithm algorithm) {
  Conv2dPlan made;
  made.descriptor_ = descriptor;
  made.pass_ = pass;
  WINNOW_RETURN_IF_ERROR(CheckConv2d(descriptor, &made.sizes_));
  WINNOW_RETURN_IF_ERROR(SelectIsa(&made.isa_));
  for (const Candidate& candidate : kCandidates) {
    const bool fits = candidate.method->fits(descriptor);
    if (algorithm == candidate.algorithm && !fits) {
      return InvalidArgument(std::string("algorithm must be able to do this convolution, got ") + candidate.name);
    }
    if (fits && (algorithm == candidate.algorithm || algorithm == Conv2dAlgorithm::kAutomatic)) {
      made.algorithm_ = candidate.algorithm;
      break;
    }
  }
  *plan = std::move(made);
  return {};
}

Conv2dAlgorithm ChooseConv2dAlgorithm(const Conv2dDescriptor& descriptor, ConstFloats filter) {
  // A vector has sixteen images; with fewer most of it is computed in vain.
  if (descriptor.batch < kLeastSparseImages || !kSparseMethod.fits(descriptor)) return Conv2dAlgorithm::kAutomatic;
  int64_t kept = 0;
  for (int64_t i = 0; i < filter.count; ++i) kept += filter.data[i] != 0;
  const double most = kWinogradMethod.fits(descriptor) ? kMostDensityWinograd : kMostDensityPatches;
  const bool is_sparse = static_cast<double>(kept) <= most * static_cast<double>(filter.count);
  return is_sparse ? Conv2dAlgorithm::kSparse : Conv2dAlgorithm::kAutomatic;
}

Status Conv2dPlan::PrepareWeights(ConstFloats filter) {
  SerialFor serial;
  return PrepareWeights(filter, serial);
}

Status Conv2dPlan::PrepareWeights(ConstFloats filter, ParallelFor& parallel_for) {
  if (pass_ == Conv2dPass::kFilterGrad && algorithm_ != Conv2dAlgorithm::kSparse) {
    return InvalidArgument("pass must read a filter, got the filter's gradient");
  }
  WINNOW_RETURN_IF_ERROR(CheckCount("filter", sizes_.filter, filter.data, filter.count));
  const Conv2dProblem problem = {descriptor_, sizes_, pass_, isa_};
  const Conv2dMemory memory = MemoryOf(algorithm_, problem);
  Scratch<float> prepared(memory.prepared);
  const Scratch<float> scratch(memory.preparing);
  if (prepared.data() == nullptr || scratch.data() == nullptr) return OutOfMemory();
  MethodOf(algorithm_).prepare(problem, filter.data, parallel_for, scratch.data(), prepared.data());
  prepared_ = std::move(prepared);
  is_prepared_ = true;
  return {};
}

int64_t Conv2dPlan::WorkspaceSize(int workers) const {
  const Conv2dMemory memory = MemoryOf(algorithm_, {descriptor_, sizes_, pass_, isa_});
  return WorkspaceOf(memory, is_prepared_ || pass_ == Conv2dPass::kFilterGrad,
                     std::clamp<int64_t>(workers, 1, kMostWorkers));
}

Status Conv2dPlan::CheckArrays(ConstFloats first, ConstFloats second, MutableFloats workspace,
                               MutableFloats out) const {
  const int64_t filter = is_prepared_ ? 0 : sizes_.filter;
  switch (pass_) {
    case Conv2dPass::kForward:
      WINNOW_RETURN_IF_ERROR(CheckCount("x", sizes_.x, first.data, first.count));
      WINNOW_RETURN_IF_ERROR(CheckCount("filter", filter, second.data, second.count));
      WINNOW_RETURN_IF_ERROR(CheckCount("y", sizes_.y, out.data, out.count));
      break;
    case Conv2dPass::kInputGrad:
      WINNOW_RETURN_IF_ERROR(CheckCount("filter", filter, first.data, first.count));
      WINNOW_RETURN_IF_ERROR(CheckCount("dy", sizes_.y, second.data, second.count));
      WINNOW_RETURN_IF_ERROR(CheckCount("dx", sizes_.x, out.data, out.count));
      break;
    case Conv2dPass::kFilterGrad:
      WINNOW_RETURN_IF_ERROR(CheckCount("x", sizes_.x, first.data, first.count));
      WINNOW_RETURN_IF_ERROR(CheckCount("dy", sizes_.y, second.data, second.count));
      WINNOW_RETURN_IF_ERROR(CheckCount("dfilter", sizes_.filter, out.data, out.count));
      break;
  }
  const int64_t least = WorkspaceSize(1);
  if (workspace.count >= least && (workspace.data != nullptr || least == 0)) return {};
  return InvalidArgument("workspace must have at least " + std::to_string(least) + " elements, got " +
                         std::to_string(workspace.data == nullptr ? 0 : workspace.count));
}

Status Conv2dPlan::Run(ConstFloats first, ConstFloats second, ParallelFor& parallel_for, MutableFloats workspace,
                       MutableFloats out) const {
  WINNOW_RETURN_IF_ERROR(CheckArrays(first, second, workspace, out));
  if (pass_ == Conv2dPass::kFilterGrad && algorithm_ == Conv2dAlgorithm::kSparse && !is_prepared_) {
    return InvalidArgument("weights must be prepared for the gradient of those that are kept");
  }
  const Conv2dProblem problem = {descriptor_, sizes_, pass_, isa_};
  const Conv2dMethod& method = MethodOf(algorithm_);
  const Conv2dMemory memory = MemoryOf(algorithm_, problem);
  Conv2dArrays arrays = {};
  arrays.images = pass_ == Conv2dPass::kInputGrad ? second.data : first.data;
  arrays.gradients = pass_ == Conv2dPass::kFilterGrad ? second.data : nullptr;
  arrays.out = out.data;
  int64_t used = 0;
  if (is_prepared_) {
    arrays.weights = prepared_.data();
  } else if (pass_ != Conv2dPass::kFilterGrad) {
    used = memory.prepared;
    const float* const filter = pass_ == Conv2dPass::kForward ? second.data : first.data;
    method.prepare(problem, filter, parallel_for, workspace.data + used, workspace.data);
    arrays.weights = workspace.data;
  }
  arrays.shared = workspace.data + used;
  arrays.workers = arrays.shared + memory.shared;
  const int64_t room = workspace.count - used - memory.shared;
  const int64_t workers = memory.worker == 0 ? kMostWorkers : std::min<int64_t>(kMostWorkers, room / memory.worker);
  method.run(problem, arrays, workers, parallel_for);
  return {};
}

}  // namespace winnow
