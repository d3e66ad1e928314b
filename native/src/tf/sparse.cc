#include "tf/sparse.h"

namespace winnow::tf {

namespace {

absl::Status CheckIndices(const char* op, const Tensor& column_indices, const Tensor& row_offsets) {
  if (column_indices.dims() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(op, ": columnIndices must have rank 1, got shape ", column_indices.shape().DebugString()));
  }
  if (row_offsets.dims() == 1 && row_offsets.NumElements() >= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(op, ": rowOffsets must have shape [rows + 1], got ", row_offsets.shape().DebugString()));
}

}  // namespace

absl::Status AsCsr(const char* op, const Tensor* values, const Tensor& column_indices, const Tensor& row_offsets,
                   int64_t columns, CsrMatrix* matrix) {
  TF_RETURN_IF_ERROR(CheckIndices(op, column_indices, row_offsets));
  *matrix = {};
  matrix->nnz = column_indices.NumElements();
  if (values != nullptr) {
    TF_RETURN_IF_ERROR(CheckShape(op, "values", *values, {matrix->nnz}));
    matrix->values = values->flat<float>().data();
  }
  matrix->rows = row_offsets.NumElements() - 1;
  matrix->columns = columns;
  matrix->column_indices = column_indices.flat<int32_t>().data();
  matrix->row_offsets = row_offsets.flat<int32_t>().data();
  return absl::OkStatus();
}

absl::Status AsBlocks(const char* op, const Tensor* values, const Tensor& column_indices, const Tensor& row_offsets,
                      BlockMatrix* matrix) {
  TF_RETURN_IF_ERROR(CheckIndices(op, column_indices, row_offsets));
  matrix->blocks = column_indices.NumElements();
  TF_RETURN_IF_ERROR(ToTensorFlow(op, CheckBlockSize(*matrix)));
  TF_RETURN_IF_ERROR(CheckShape(op, "rowOffsets", row_offsets, {matrix->rows_of_blocks() + 1}));
  matrix->values = nullptr;
  if (values != nullptr) {
    TF_RETURN_IF_ERROR(CheckShape(op, "values", *values, {matrix->blocks, matrix->block_rows, matrix->block_columns}));
    matrix->values = values->flat<float>().data();
  }
  matrix->column_indices = column_indices.flat<int32_t>().data();
  matrix->row_offsets = row_offsets.flat<int32_t>().data();
  return absl::OkStatus();
}

absl::Status AsTokens(const char* op, const char* name, const Tensor& tensor, int64_t channels, TokenMatrix* matrix,
                      int64_t* tokens) {
  const int channel_axis = matrix->tokens_outer ? 1 : 0;
  if (tensor.dims() != 2 || tensor.dim_size(channel_axis) != channels) {
    const std::string count = std::to_string(channels);
    return absl::InvalidArgumentError(absl::StrCat(
        op, ": ", name, " must have shape ", matrix->tokens_outer ? "[tokens, " + count : "[" + count + ", tokens",
        "], got ", tensor.shape().DebugString()));
  }
  matrix->data = tensor.flat<float>().data();
  *tokens = tensor.dim_size(1 - channel_axis);
  return absl::OkStatus();
}

}  // namespace winnow::tf
