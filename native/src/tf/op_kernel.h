// What the TensorFlow side of every op shares: its worker pool, its errors, kernels as matrices.
#ifndef WINNOW_TF_OP_KERNEL_H_
#define WINNOW_TF_OP_KERNEL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/matrix.h"
#include "core/parallel_for.h"
#include "core/status.h"
#include "tensorflow/core/framework/op_kernel.h"

namespace winnow::tf {

/// Splits work over the pool TensorFlow's own kernels use.
class WorkerPoolFor final : public ParallelFor {
 public:
  explicit WorkerPoolFor(tensorflow::OpKernelContext* context);
  void Run(int64_t total, int64_t cost, const Body& body) override;

 private:
  tensorflow::thread::ThreadPool* pool_;
};

/// The status in TensorFlow's terms, the op's name in front, by which callers find it in TensorFlow's own words:
/// "winnow.topk_mask: count must be …".
absl::Status ToTensorFlow(const char* op, const Status& status);

/// A kernel tensor as [fan_in, units], units being the last axis. INVALID_ARGUMENT for a scalar.
absl::Status AsMatrix(const char* op, const tensorflow::Tensor& kernel, KernelMatrix* matrix);

/// INVALID_ARGUMENT unless `tensor` has exactly this shape.
absl::Status CheckShape(const char* op, const char* name, const tensorflow::Tensor& tensor,
                        const tensorflow::TensorShape& shape);

/// The attribute `granularity` ('weight' or 'unit') of an op's node.
absl::Status ReadGranularity(tensorflow::OpKernelConstruction* context, Granularity* granularity);

}  // namespace winnow::tf

#endif  // WINNOW_TF_OP_KERNEL_H_
