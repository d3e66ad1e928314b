#include "tf/op_kernel.h"

#include <new>
#include <stdexcept>

#include "core/checked_size.h"
#include "tensorflow/core/framework/device_base.h"
#include "tensorflow/core/platform/threadpool.h"

namespace winnow::tf {

WorkerPoolFor::WorkerPoolFor(OpKernelContext* context)
    : pool_(context->device()->tensorflow_cpu_worker_threads()->workers) {}

void WorkerPoolFor::Run(int64_t total, int64_t cost, const Body& body) {
  using Scheduling = tensorflow::thread::ThreadPool::SchedulingParams;
  if (total <= 0) return;
  CaughtBody caught(body);
  pool_->ParallelFor(total, Scheduling::Adaptive(cost), [&](int64_t begin, int64_t end) { caught(begin, end); });
  caught.Rethrow();
}

void OpKernel::Compute(OpKernelContext* context) {
  absl::Status status;
  try {
    status = Run(context);
  } catch (const std::bad_alloc&) {
    status = absl::ResourceExhaustedError(absl::StrCat(type_string(), ": not enough memory"));
  } catch (const std::length_error&) {
    status = absl::ResourceExhaustedError(absl::StrCat(type_string(), ": not enough memory"));
  } catch (const std::exception& error) {
    status = absl::InternalError(absl::StrCat(type_string(), ": ", error.what()));
  }
  // OP_REQUIRES_OK would print the refusal as well, which the caller gets as an error.
  if (!status.ok()) context->CtxFailure(status);
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

absl::Status AsRows(const char* op, const char* name, const Tensor& tensor, int64_t* rows, int64_t* columns) {
  const int rank = tensor.dims();
  if (rank < 1) {
    return absl::InvalidArgumentError(absl::StrCat(op, ": ", name, " must have rank 1 or more, got a scalar"));
  }
  *rows = 1;
  for (int axis = 0; axis + 1 < rank; ++axis) {
    const std::optional<int64_t> product = ProductOf({*rows, tensor.dim_size(axis)});
    if (!product) {
      return absl::InvalidArgumentError(absl::StrCat(op, ": ", name, " must have at most ", kMaxProduct, " rows, got ",
                                                     tensor.shape().DebugString()));
    }
    *rows = *product;
  }
  *columns = tensor.dim_size(rank - 1);
  return absl::OkStatus();
}

absl::Status AsMatrix(const char* op, const Tensor& kernel, KernelMatrix* matrix) {
  TF_RETURN_IF_ERROR(AsRows(op, "kernel", kernel, &matrix->fan_in, &matrix->units));
  matrix->data = Floats(kernel);
  return absl::OkStatus();
}

absl::Status CheckShape(const char* op, const char* name, const Tensor& tensor, const TensorShape& shape) {
  if (tensor.shape() == shape) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(op, ": ", name, " must have shape ", shape.DebugString(), ", got ", tensor.shape().DebugString()));
}

absl::Status CheckShape(const char* op, const char* name, const Tensor& tensor, std::initializer_list<int64_t> sizes) {
  bool equal = tensor.dims() == static_cast<int>(sizes.size());
  int axis = 0;
  std::string text;
  for (const int64_t size : sizes) {
    equal = equal && tensor.dim_size(axis) == size;
    absl::StrAppend(&text, axis++ == 0 ? "" : ",", size);
  }
  if (equal) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(op, ": ", name, " must have shape [", text, "], got ", tensor.shape().DebugString()));
}

absl::Status Allocate(OpKernelContext* context, int index, const TensorShape& shape, Tensor** tensor) {
  return context->allocate_output(index, shape, tensor);
}

absl::Status Allocate(OpKernelContext* context, int index, std::initializer_list<int64_t> sizes, Tensor** tensor) {
  TensorShape shape;
  TF_RETURN_IF_ERROR(TensorShape::BuildTensorShape(sizes, &shape));
  return context->allocate_output(index, shape, tensor);
}

absl::Status Allocate(OpKernelContext* context, int index, const TensorShape& shape, float** data) {
  Tensor* tensor = nullptr;
  TF_RETURN_IF_ERROR(Allocate(context, index, shape, &tensor));
  *data = Floats(tensor);
  return absl::OkStatus();
}

absl::Status Allocate(OpKernelContext* context, int index, std::initializer_list<int64_t> sizes, float** data) {
  Tensor* tensor = nullptr;
  TF_RETURN_IF_ERROR(Allocate(context, index, sizes, &tensor));
  *data = Floats(tensor);
  return absl::OkStatus();
}

absl::Status ReadGranularity(OpKernelConstruction* context, Granularity* granularity) {
  std::string text;
  TF_RETURN_IF_ERROR(context->GetAttr("granularity", &text));
  *granularity = text == "unit" ? Granularity::kUnit : Granularity::kWeight;
  return absl::OkStatus();
}

}  // namespace winnow::tf
