#include "addon/arguments.h"

#include <cmath>
#include <cstring>

#include "core/checked_size.h"

namespace winnow::addon {
namespace {

std::string Shown(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::floor(value) == value && std::fabs(value) < 1e15) return std::to_string(static_cast<int64_t>(value));
  return std::to_string(value);
}

int64_t BytesOf(napi_typedarray_type type) {
  switch (type) {
    case napi_uint8_array:
      return 1;
    case napi_uint16_array:
      return 2;
    case napi_float64_array:
      return 8;
    default:
      return 4;
  }
}

}  // namespace

Arguments::Arguments(const Napi::CallbackInfo& info, const char* op) : env_(info.Env()), op_(op) {
  values_.reserve(info.Length());
  for (size_t i = 0; i < info.Length(); ++i) values_.push_back(info[i]);
}

ParallelFor& Arguments::Pool() const { return *SharedPool(); }

const std::shared_ptr<ThreadPool>& Arguments::SharedPool() const {
  const Environment& environment = *env_.GetInstanceData<Environment>();
  ThrowIfError(environment.pool_status);
  return environment.pool;
}

void Arguments::ThrowIfError(const Status& status) const {
  if (status.ok()) return;
  const std::string message = std::string(op_) + ": " + status.message();
  if (status.code() == StatusCode::kUnavailable) throw Napi::Error::New(env_, message);
  throw Napi::RangeError::New(env_, message);
}

Napi::Value Arguments::Done(const Status& status) const {
  ThrowIfError(status);
  return env_.Undefined();
}

void Arguments::FailType(const char* name, const char* expected) const {
  throw Napi::TypeError::New(env_, std::string(op_) + ": " + name + " must be " + expected);
}

void Arguments::FailRange(const std::string& message) const {
  throw Napi::RangeError::New(env_, std::string(op_) + ": " + message);
}

int64_t Arguments::Integer(const char* name, int64_t least, int64_t most) {
  const Napi::Value value = Next();
  if (!value.IsNumber()) FailType(name, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) || std::floor(number) != number) {
    FailRange(std::string(name) + " must be an integer in [" + std::to_string(least) + ", " + std::to_string(most) +
              "], got " + Shown(number));
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

Napi::Object Arguments::Object(const char* name) {
  const Napi::Value value = Next();
  if (!value.IsObject()) FailType(name, "an object");
  return value.As<Napi::Object>();
}

const void* Arguments::Buffer(const char* name) {
  const Napi::Value value = Next();
  if (!value.IsArrayBuffer()) FailType(name, "an ArrayBuffer");
  return value.As<Napi::ArrayBuffer>().Data();
}

std::vector<Arguments> Arguments::Lists(const char* name, uint32_t count) {
  const Napi::Value value = Next();
  if (!value.IsArray()) FailType(name, "an array");
  const Napi::Array outer = value.As<Napi::Array>();
  std::vector<Arguments> lists;
  for (uint32_t i = 0; i < outer.Length(); ++i) {
    const Napi::Value entry = outer.Get(i);
    if (!entry.IsArray()) FailType("every entry", "an array");
    Arguments list(env_, op_);
    for (uint32_t j = 0; j < count; ++j) list.values_.push_back(entry.As<Napi::Array>().Get(j));
    lists.push_back(std::move(list));
  }
  return lists;
}

KernelMatrix Arguments::Kernel() {
  // The array's length is known only after the sizes that follow it.
  const size_t array = next_++;
  const int64_t fan_in = Integer("fanIn", 0, kMaxAxis);
  const int64_t units = Integer("units", 0, kMaxAxis);
  const size_t after = next_;
  next_ = array;
  const float* data = Floats("kernel", {fan_in, units});
  next_ = after;
  return {data, fan_in, units};
}

float* Arguments::Floats(const char* name, std::initializer_list<int64_t> sizes) {
  return static_cast<float*>(Array(name, napi_float32_array, "a Float32Array", sizes));
}

uint8_t* Arguments::Bytes(const char* name, std::initializer_list<int64_t> sizes) {
  return static_cast<uint8_t*>(Array(name, napi_uint8_array, "a Uint8Array", sizes));
}

int32_t* Arguments::IntegersOrNone(const char* name, int64_t length) {
  const bool is_empty = Read(Peek(next_), name, "an Int32Array").length == 0;
  void* data = Array(name, napi_int32_array, "an Int32Array", {is_empty ? 0 : length});
  return is_empty ? nullptr : static_cast<int32_t*>(data);
}

float* Arguments::OptionalFloats(const char* name, std::initializer_list<int64_t> sizes) {
  if (!Peek(next_).IsUndefined()) return Floats(name, sizes);
  ++next_;
  return nullptr;
}

CsrMatrix Arguments::Sparse(bool with_values) {
  constexpr char kIndexTypes[] = "an Int32Array or a Uint16Array";
  CsrMatrix matrix = {};
  matrix.rows = Integer("rows", 0, kMaxSparseAxis);
  matrix.columns = Integer("columns", 0, kMaxSparseAxis);
  // Of two arrays that must have one length the indices say which.
  const Elements indices = Read(Peek(next_ + (with_values ? 1 : 0)), "columnIndices", kIndexTypes);
  matrix.nnz = indices.length;
  if (with_values) matrix.values = Floats("values", {matrix.nnz});
  if (indices.type == napi_uint16_array) {
    matrix.short_column_indices =
        static_cast<uint16_t*>(Unshared("columnIndices", napi_uint16_array, kIndexTypes, matrix.nnz));
  } else {
    matrix.column_indices = static_cast<int32_t*>(Unshared("columnIndices", napi_int32_array, kIndexTypes, matrix.nnz));
  }
  matrix.row_offsets =
      static_cast<int32_t*>(Unshared("rowOffsets", napi_int32_array, "an Int32Array", matrix.rows + 1));
  return matrix;
}

NmMatrix Arguments::Nm() {
  NmMatrix matrix = {};
  matrix.rows = Integer("rows", 0, kMaxSparseAxis);
  matrix.columns = Integer("columns", 0, kMaxSparseAxis);
  matrix.n = static_cast<int>(Integer("n", 1, 256));
  matrix.m = static_cast<int>(Integer("m", matrix.n, 256));
  ThrowIfError(CheckNmSize(matrix));
  matrix.values = Floats("values", {matrix.rows, matrix.width()});
  matrix.positions =
      static_cast<uint8_t*>(Unshared("positions", napi_uint8_array, "a Uint8Array", matrix.rows * matrix.width()));
  return matrix;
}

BlockMatrix Arguments::Blocks(bool with_values) {
  BlockMatrix matrix = {};
  matrix.rows = Integer("rows", 0, kMaxSparseAxis);
  matrix.columns = Integer("columns", 0, kMaxSparseAxis);
  matrix.block_rows = Integer("blockRows", 1, kMaxSparseAxis);
  matrix.block_columns = Integer("blockColumns", 1, kMaxSparseAxis);
  matrix.blocks = Read(Peek(next_ + (with_values ? 1 : 0)), "columnIndices", "an Int32Array").length;
  ThrowIfError(CheckBlockSize(matrix));
  if (with_values) matrix.values = Floats("values", {matrix.blocks, matrix.block_rows, matrix.block_columns});
  matrix.column_indices =
      static_cast<int32_t*>(Unshared("columnIndices", napi_int32_array, "an Int32Array", matrix.blocks));
  matrix.row_offsets =
      static_cast<int32_t*>(Unshared("rowOffsets", napi_int32_array, "an Int32Array", matrix.rows_of_blocks() + 1));
  return matrix;
}

Arguments::Elements Arguments::Read(const Napi::Value& value, const char* name, const char* type_name) const {
  if (!value.IsTypedArray()) FailType(name, type_name);
  Elements elements;
  size_t length = 0;
  napi_value buffer;
  bool is_array_buffer = false;
  // The plain C call: it gives the address of the view's first element whatever kind of buffer lies below. A view of a
  // detached buffer, or beyond the end of one that shrank, has length 0.
  if (napi_get_typedarray_info(env_, value, &elements.type, &length, &elements.data, &buffer, nullptr) != napi_ok ||
      napi_is_arraybuffer(env_, buffer, &is_array_buffer) != napi_ok) {
    throw Napi::Error::New(env_);
  }
  elements.length = static_cast<int64_t>(length);
  elements.is_shared = !is_array_buffer;
  return elements;
}

void* Arguments::Array(const char* name, napi_typedarray_type type, const char* type_name,
                       std::initializer_list<int64_t> sizes) {
  const Elements elements = Read(Next(), name, type_name);
  if (elements.type != type) FailType(name, type_name);
  const std::optional<int64_t> length = ProductOf(sizes);
  if (length == elements.length) return elements.data;
  FailRange(std::string(name) + " must have length " + (length ? std::to_string(*length) : SizesAsText(sizes)) +
            ", got " + std::to_string(elements.length));
}

const float* Arguments::OwnFloats(const char* name, int64_t* length) {
  *length = Read(Peek(next_), name, "a Float32Array").length;
  return static_cast<const float*>(Unshared(name, napi_float32_array, "a Float32Array", *length));
}

const double* Arguments::OwnDoubles(const char* name, int64_t* length) {
  *length = Read(Peek(next_), name, "a Float64Array").length;
  return static_cast<const double*>(Unshared(name, napi_float64_array, "a Float64Array", *length));
}

void* Arguments::Unshared(const char* name, napi_typedarray_type type, const char* type_name, int64_t length) {
  const bool is_shared = Read(Peek(next_), name, type_name).is_shared;
  void* data = Array(name, type, type_name, {length});
  if (!is_shared || length == 0) return data;
  const int64_t bytes = length * BytesOf(type);
  copies_.emplace_back(new uint64_t[bytes / 8 + 1]);
  return std::memcpy(copies_.back().get(), data, bytes);
}

}  // namespace winnow::addon
