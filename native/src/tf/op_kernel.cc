#include "tf/op_kernel.h"

#include "tensorflow/core/framework/device_base.h"
#include "tensorflow/core/platform/threadpool.h"

namespace winnow::tf {

using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::TensorShape;

WorkerPoolFor::WorkerPoolFor(OpKernelContext* context)
    : pool_(context->device()->tensorflow_cpu_worker_threads()->workers) {}

void WorkerPoolFor::Run(int64_t total, int64_t cost, const Body& body) {
  using Scheduling = tensorflow::thread::ThreadPool::SchedulingParams;
  if (total > 0) pool_->ParallelFor(total, Scheduling::Adaptive(cost), body);
}

absl::Status ToTensorFlow(const char* op, const Status& status) {
  const std::string message = std::string(op) + ": " + status.message();
  switch (status.code()) {
    case StatusCode::kOk:
      return absl::OkStatus();
    case StatusCode::kInvalidArgument:
      return absl::InvalidArgumentError(message);
    case StatusCode::kUnavailable:
      return absl::FailedPreconditionError(message);
    case StatusCode::kOutOfMemory:
      return absl::ResourceExhaustedError(message);
  }
  return absl::InternalError(message);
}

absl::Status AsMatrix(const char* op, const Tensor& kernel, KernelMatrix* matrix) {
  const int rank = kernel.dims();
  if (rank < 1) return absl::InvalidArgumentError(absl::StrCat(op, ": kernel must have rank 1 or more, got a scalar"));
  int64_t fan_in = 1;
  for (int axis = 0; axis + 1 < rank; ++axis) fan_in *= kernel.dim_size(axis);
  *matrix = {kernel.flat<float>().data(), fan_in, kernel.dim_size(rank - 1)};
  return absl::OkStatus();
}

absl::Status CheckShape(const char* op, const char* name, const Tensor& tensor, const TensorShape& shape) {
  if (tensor.shape() == shape) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(op, ": ", name, " must have shape ", shape.DebugString(), ", got ", tensor.shape().DebugString()));
}

absl::Status ReadGranularity(OpKernelConstruction* context, Granularity* granularity) {
  std::string text;
  TF_RETURN_IF_ERROR(context->GetAttr("granularity", &text));
  *granularity = text == "unit" ? Granularity::kUnit : Granularity::kWeight;
  return absl::OkStatus();
}

}  // namespace winnow::tf
