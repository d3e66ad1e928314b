#include "addon/arguments.h"

#include <cmath>

namespace winnow::addon {
namespace {

std::string Shown(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::floor(value) == value && std::fabs(value) < 1e15) return std::to_string(static_cast<int64_t>(value));
  return std::to_string(value);
}

}  // namespace

Arguments::Arguments(const Napi::CallbackInfo& info, const char* op, const Napi::Value& list) : info_(info), op_(op) {
  if (!list.IsArray()) FailType("every entry", "an array");
  list_ = list.As<Napi::Array>();
}

Napi::Value Arguments::At(size_t index) const {
  if (!list_.IsEmpty()) return list_.Get(static_cast<uint32_t>(index));
  return index < info_.Length() ? info_[index] : info_.Env().Undefined();
}

Napi::Array Arguments::List(const char* name) {
  const Napi::Value value = Next();
  if (!value.IsArray()) FailType(name, "an array");
  return value.As<Napi::Array>();
}

void Arguments::FailType(const char* name, const char* expected) {
  throw Napi::TypeError::New(info_.Env(), std::string(op_) + ": " + name + " must be " + expected);
}

int64_t Arguments::Integer(const char* name, int64_t least, int64_t most) {
  const Napi::Value value = Next();
  if (!value.IsNumber()) FailType(name, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) || std::floor(number) != number) {
    throw Napi::RangeError::New(info_.Env(), std::string(op_) + ": " + name + " must be an integer in [" +
                                                 std::to_string(least) + ", " + std::to_string(most) + "], got " +
                                                 Shown(number));
  }
  return static_cast<int64_t>(number);
}

bool Arguments::Boolean(const char* name) {
  const Napi::Value value = Next();
  if (!value.IsBoolean()) FailType(name, "a boolean");
  return value.As<Napi::Boolean>().Value();
}

float Arguments::Float(const char* name) {
  const Napi::Value value = Next();
  if (!value.IsNumber()) FailType(name, "a number");
  return value.As<Napi::Number>().FloatValue();
}

std::string Arguments::String(const char* name) {
  const Napi::Value value = Next();
  if (!value.IsString()) FailType(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

KernelMatrix Arguments::Kernel() {
  // The array's length is known only after the sizes that follow it.
  const size_t array = next_++;
  const int64_t fan_in = Integer("fanIn", 0, kMaxAxis);
  const int64_t units = Integer("units", 0, kMaxAxis);
  const size_t after = next_;
  next_ = array;
  const float* data = Floats("kernel", fan_in * units);
  next_ = after;
  return {data, fan_in, units};
}

float* Arguments::Floats(const char* name, int64_t length) {
  return static_cast<float*>(Array(name, napi_float32_array, "a Float32Array", length));
}

uint8_t* Arguments::Bytes(const char* name, int64_t length) {
  return static_cast<uint8_t*>(Array(name, napi_uint8_array, "a Uint8Array", length));
}

int32_t* Arguments::IntegersOrNone(const char* name, int64_t length) {
  const Napi::Value value = At(next_);
  const bool is_empty = value.IsTypedArray() && value.As<Napi::TypedArray>().ElementLength() == 0;
  void* data = Array(name, napi_int32_array, "an Int32Array", is_empty ? 0 : length);
  return is_empty ? nullptr : static_cast<int32_t*>(data);
}

float* Arguments::OptionalFloats(const char* name, int64_t length) {
  if (next_ < info_.Length() && !info_[next_].IsUndefined()) return Floats(name, length);
  ++next_;
  return nullptr;
}

Napi::Object Arguments::Object(const char* name) {
  const Napi::Value value = Next();
  if (!value.IsObject()) FailType(name, "an object");
  return value.As<Napi::Object>();
}

CsrMatrix Arguments::Sparse(bool with_values) {
  CsrMatrix matrix = {};
  matrix.rows = Integer("rows", 0, kMaxSparseAxis);
  matrix.columns = Integer("columns", 0, kMaxSparseAxis);
  // Of two arrays that must have one length the indices say which.
  const size_t indices = next_ + (with_values ? 1 : 0);
  const Napi::Value value = indices < info_.Length() ? info_[indices] : info_.Env().Undefined();
  if (!value.IsTypedArray()) FailType("columnIndices", "an Int32Array or a Uint16Array");
  matrix.nnz = static_cast<int64_t>(value.As<Napi::TypedArray>().ElementLength());
  if (with_values) matrix.values = Floats("values", matrix.nnz);
  if (value.As<Napi::TypedArray>().TypedArrayType() == napi_uint16_array) {
    matrix.short_column_indices = static_cast<uint16_t*>(Array("columnIndices", napi_uint16_array, "", matrix.nnz));
  } else {
    matrix.column_indices =
        static_cast<int32_t*>(Array("columnIndices", napi_int32_array, "an Int32Array or a Uint16Array", matrix.nnz));
  }
  matrix.row_offsets = static_cast<int32_t*>(Array("rowOffsets", napi_int32_array, "an Int32Array", matrix.rows + 1));
  return matrix;
}

NmMatrix Arguments::Nm() {
  NmMatrix matrix = {};
  matrix.rows = Integer("rows", 0, kMaxSparseAxis);
  matrix.columns = Integer("columns", 0, kMaxSparseAxis);
  matrix.n = static_cast<int>(Integer("n", 1, 256));
  matrix.m = static_cast<int>(Integer("m", matrix.n, 256));
  ThrowIfError(info_.Env(), op_, CheckNmSize(matrix));
  matrix.values = Floats("values", matrix.nnz());
  matrix.positions = Bytes("positions", matrix.nnz());
  return matrix;
}

BlockMatrix Arguments::Blocks(bool with_values) {
  BlockMatrix matrix = {};
  matrix.rows = Integer("rows", 0, kMaxSparseAxis);
  matrix.columns = Integer("columns", 0, kMaxSparseAxis);
  matrix.block_rows = Integer("blockRows", 1, kMaxSparseAxis);
  matrix.block_columns = Integer("blockColumns", 1, kMaxSparseAxis);
  const size_t indices = next_ + (with_values ? 1 : 0);
  const Napi::Value value = indices < info_.Length() ? info_[indices] : info_.Env().Undefined();
  if (!value.IsTypedArray()) FailType("columnIndices", "an Int32Array");
  matrix.blocks = static_cast<int64_t>(value.As<Napi::TypedArray>().ElementLength());
  ThrowIfError(info_.Env(), op_, CheckBlockSize(matrix));
  if (with_values) matrix.values = Floats("values", matrix.size());
  matrix.column_indices =
      static_cast<int32_t*>(Array("columnIndices", napi_int32_array, "an Int32Array", matrix.blocks));
  matrix.row_offsets =
      static_cast<int32_t*>(Array("rowOffsets", napi_int32_array, "an Int32Array", matrix.rows_of_blocks() + 1));
  return matrix;
}

void* Arguments::Array(const char* name, napi_typedarray_type type, const char* type_name, int64_t length) {
  const Napi::Value value = Next();
  if (!value.IsTypedArray()) FailType(name, type_name);
  napi_typedarray_type actual_type;
  size_t actual_length = 0;
  void* data = nullptr;
  // The plain C call: it gives the address of the view's first element whatever kind of buffer lies below.
  if (napi_get_typedarray_info(info_.Env(), value, &actual_type, &actual_length, &data, nullptr, nullptr) != napi_ok) {
    throw Napi::Error::New(info_.Env());
  }
  if (actual_type != type) FailType(name, type_name);
  if (static_cast<int64_t>(actual_length) != length) {
    throw Napi::RangeError::New(info_.Env(), std::string(op_) + ": " + name + " must have length " +
                                                 std::to_string(length) + ", got " + std::to_string(actual_length));
  }
  return data;
}

void ThrowIfError(Napi::Env env, const char* op, const Status& status) {
  const std::string message = std::string(op) + ": " + status.message();
  switch (status.code()) {
    case StatusCode::kOk:
      return;
    case StatusCode::kInvalidArgument:
    case StatusCode::kOutOfMemory:
      throw Napi::RangeError::New(env, message);
    case StatusCode::kUnavailable:
      throw Napi::Error::New(env, message);
  }
}

}  // namespace winnow::addon
