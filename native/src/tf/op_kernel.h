// What the TensorFlow side of every op shares: TensorFlow's names, its worker pool, its errors, and reading and making
// tensors. Nothing here aborts: TensorShape's own constructors do for sizes whose product overflows, and so no op makes
// one of sizes from different tensors or from numbers.
#ifndef WINNOW_TF_OP_KERNEL_H_
#define WINNOW_TF_OP_KERNEL_H_

#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/matrix.h"
#include "core/parallel_for.h"
#include "core/status.h"
#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace winnow::tf {

using tensorflow::OpInputList;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::OpOutputList;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::shape_inference::DimensionHandle;
using tensorflow::shape_inference::InferenceContext;
using tensorflow::shape_inference::ShapeHandle;

/// Splits work over the pool TensorFlow's own kernels use.
class WorkerPoolFor final : public ParallelFor {
 public:
  explicit WorkerPoolFor(OpKernelContext* context);
  void Run(int64_t total, int64_t cost, const Body& body) override;

 private:
  tensorflow::thread::ThreadPool* pool_;
};

/// A kernel whose Compute returns its failure: what C++ throws in it (no memory) becomes a status, too, here and only
/// here. An exception that reached TensorFlow would end the process.
class OpKernel : public tensorflow::OpKernel {
 public:
  using tensorflow::OpKernel::OpKernel;

  void Compute(OpKernelContext* context) final;

 private:
  virtual absl::Status Run(OpKernelContext* context) = 0;
};

/// The status in TensorFlow's terms, the op's name in front, by which callers find it in TensorFlow's own words:
/// "winnow.topk_mask: count must be …".
absl::Status ToTensorFlow(const char* op, const Status& status);

/// A tensor's axes but the last as rows, the last as columns; INVALID_ARGUMENT, calling it `name`, for a scalar and for
/// more rows than can be counted.
absl::Status AsRows(const char* op, const char* name, const Tensor& tensor, int64_t* rows, int64_t* columns);

/// A kernel tensor as [fan_in, units], units being the last axis. INVALID_ARGUMENT for a scalar.
absl::Status AsMatrix(const char* op, const Tensor& kernel, KernelMatrix* matrix);

/// INVALID_ARGUMENT unless `tensor` has exactly this shape.
absl::Status CheckShape(const char* op, const char* name, const Tensor& tensor, const TensorShape& shape);
absl::Status CheckShape(const char* op, const char* name, const Tensor& tensor, std::initializer_list<int64_t> sizes);

/// An output of this shape. INVALID_ARGUMENT if its size overflows, RESOURCE_EXHAUSTED without memory.
absl::Status Allocate(OpKernelContext* context, int index, const TensorShape& shape, Tensor** tensor);
absl::Status Allocate(OpKernelContext* context, int index, std::initializer_list<int64_t> sizes, Tensor** tensor);
/// The same, of floats.
absl::Status Allocate(OpKernelContext* context, int index, const TensorShape& shape, float** data);
absl::Status Allocate(OpKernelContext* context, int index, std::initializer_list<int64_t> sizes, float** data);

inline const float* Floats(const Tensor& tensor) { return tensor.flat<float>().data(); }
inline float* Floats(Tensor* tensor) { return tensor->flat<float>().data(); }
/// Int32 tensors that hold bits.
inline const uint32_t* Words(const Tensor& tensor) {
  return reinterpret_cast<const uint32_t*>(tensor.flat<int32_t>().data());
}
inline uint32_t* Words(Tensor* tensor) { return reinterpret_cast<uint32_t*>(tensor->flat<int32_t>().data()); }
/// Bool tensors as bytes.
inline const uint8_t* Bytes(const Tensor& tensor) {
  static_assert(sizeof(bool) == 1, "masks are read as bytes");
  return reinterpret_cast<const uint8_t*>(tensor.flat<bool>().data());
}
inline uint8_t* Bytes(Tensor* tensor) { return reinterpret_cast<uint8_t*>(tensor->flat<bool>().data()); }

/// The attribute `granularity` ('weight' or 'unit') of an op's node.
absl::Status ReadGranularity(OpKernelConstruction* context, Granularity* granularity);

}  // namespace winnow::tf

#endif  // WINNOW_TF_OP_KERNEL_H_
