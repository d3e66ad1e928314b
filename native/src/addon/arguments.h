#ifndef WINNOW_ADDON_ARGUMENTS_H_
#define WINNOW_ADDON_ARGUMENTS_H_

#include <napi.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "addon/registry.h"
#include "core/matrix.h"
#include "core/sparse/block.h"
#include "core/sparse/csr.h"
#include "core/sparse/nm.h"
#include "core/status.h"

namespace winnow::addon {

/// Reads one call's arguments in order. A wrong type or a number out of range throws a JavaScript TypeError or
/// RangeError that names the op, the argument, its range and the value. TypeScript checks earlier and more kindly;
/// these checks keep a wrong call from touching memory it does not own.
///
/// No JavaScript runs between the first array's address that is given out and the end of the call: it could detach or
/// shrink the array's buffer. What may run some, the getters of a list's entries, is done before (`Lists`).
class Arguments {
 public:
  /// `op` is the JavaScript name.
  Arguments(const Napi::CallbackInfo& info, const char* op);
  Arguments(Arguments&&) = default;

  Napi::Env Env() const { return env_; }
  /// The argument of this number, undefined where there is none.
  Napi::Value Given(size_t index) const { return Peek(index); }
  /// The pool of the environment the call came from. Throws an Error if WINNOW_THREADS is wrong.
  ParallelFor& Pool() const;
  /// The same, to keep beyond the call.
  const std::shared_ptr<ThreadPool>& SharedPool() const;
  /// Throws the JavaScript error of a failed status: RangeError for what the caller can mend, Error for the rest.
  void ThrowIfError(const Status& status) const;
  /// What a function without a result ends with.
  Napi::Value Done(const Status& status) const;

  /// An integer in [least, most].
  int64_t Integer(const char* name, int64_t least, int64_t most);
  uint32_t Word(const char* name) { return static_cast<uint32_t>(Integer(name, 0, UINT32_MAX)); }
  bool Boolean(const char* name);
  float Float(const char* name);
  std::string String(const char* name);
  Napi::Object Object(const char* name);
  /// An ArrayBuffer's first byte.
  const void* Buffer(const char* name);
  /// An array of arrays: each becomes a reader of its first `count` elements. To be read before any array's address.
  std::vector<Arguments> Lists(const char* name, uint32_t count);

  /// A Float32Array and two sizes whose product is its length.
  KernelMatrix Kernel();
  /// Typed arrays with as many elements as the sizes multiply to, over ArrayBuffers or SharedArrayBuffers.
  float* Floats(const char* name, std::initializer_list<int64_t> sizes);
  uint8_t* Bytes(const char* name, std::initializer_list<int64_t> sizes);
  /// An Int32Array of `length` elements, or null for an empty one.
  int32_t* IntegersOrNone(const char* name, int64_t length);
  /// A Float32Array or Float64Array of any length whose numbers no other thread changes during the call: a copy if it
  /// lies on shared memory. `length` is set.
  const float* OwnFloats(const char* name, int64_t* length);
  const double* OwnDoubles(const char* name, int64_t* length);
  /// As Floats; null for undefined.
  float* OptionalFloats(const char* name, std::initializer_list<int64_t> sizes);
  /// rows, columns, values (if `with_values`), columnIndices (Int32Array or Uint16Array), rowOffsets: a matrix whose
  /// arrays have the right lengths. What is in them is for CheckCsr. Index arrays on shared memory are copied, for the
  /// call's length: another thread could change them after they were checked.
  CsrMatrix Sparse(bool with_values);
  /// rows, columns, n, m, values, positions: arrays of the right lengths; what is in them is for ExpandNm.
  NmMatrix Nm();
  /// rows, columns, blockRows, blockColumns, values (if `with_values`), columnIndices (Int32Array), rowOffsets: arrays
  /// of the right lengths; what is in them is for CheckBlock.
  BlockMatrix Blocks(bool with_values);

 private:
  /// A typed array as it lies in memory.
  struct Elements {
    napi_typedarray_type type;
    int64_t length;
    void* data;
    bool is_shared;
  };

  Arguments(Napi::Env env, const char* op) : env_(env), op_(op) {}
  Napi::Value Peek(size_t index) const { return index < values_.size() ? values_[index] : env_.Undefined(); }
  Napi::Value Next() { return Peek(next_++); }
  Elements Read(const Napi::Value& value, const char* name, const char* type_name) const;
  void* Array(const char* name, napi_typedarray_type type, const char* type_name, std::initializer_list<int64_t> sizes);
  /// As Array; a copy if the memory is shared.
  void* Unshared(const char* name, napi_typedarray_type type, const char* type_name, int64_t length);
  [[noreturn]] void FailType(const char* name, const char* expected) const;
  [[noreturn]] void FailRange(const std::string& message) const;

  Napi::Env env_;
  const char* op_;
  std::vector<Napi::Value> values_;
  size_t next_ = 0;
  std::vector<std::unique_ptr<uint64_t[]>> copies_;
};

}  // namespace winnow::addon

#endif  // WINNOW_ADDON_ARGUMENTS_H_
