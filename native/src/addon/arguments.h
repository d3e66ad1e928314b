#ifndef WINNOW_ADDON_ARGUMENTS_H_
#define WINNOW_ADDON_ARGUMENTS_H_

#include <napi.h>

#include <cstdint>
#include <string>

#include "core/matrix.h"
#include "core/sparse/block.h"
#include "core/sparse/csr.h"
#include "core/sparse/nm.h"
#include "core/status.h"

namespace winnow::addon {

/// Reads one call's arguments in order. A wrong type or a number out of range throws a JavaScript TypeError or
/// RangeError that names the op, the argument, its range and the value. TypeScript checks earlier and more kindly;
/// these checks keep a wrong call from touching memory it does not own.
class Arguments {
 public:
  /// `op` is the JavaScript name.
  Arguments(const Napi::CallbackInfo& info, const char* op) : info_(info), op_(op) {}
  /// Reads a JavaScript array that is a part of the call's arguments.
  Arguments(const Napi::CallbackInfo& info, const char* op, const Napi::Value& list);

  /// An integer in [least, most].
  int64_t Integer(const char* name, int64_t least, int64_t most);
  uint32_t Word(const char* name) { return static_cast<uint32_t>(Integer(name, 0, UINT32_MAX)); }
  bool Boolean(const char* name);
  float Float(const char* name);
  std::string String(const char* name);
  /// A Float32Array and two sizes whose product is its length.
  KernelMatrix Kernel();
  Napi::Array List(const char* name);
  /// Typed arrays of exactly `length` elements, over ArrayBuffers or SharedArrayBuffers.
  float* Floats(const char* name, int64_t length);
  uint8_t* Bytes(const char* name, int64_t length);
  /// An Int32Array of `length` elements, or null for an empty one.
  int32_t* IntegersOrNone(const char* name, int64_t length);
  /// As Floats; null for undefined.
  float* OptionalFloats(const char* name, int64_t length);
  /// rows, columns, values (if `with_values`), columnIndices (Int32Array or Uint16Array), rowOffsets: a matrix whose
  /// arrays have the right lengths. What is in them is for CheckCsr.
  CsrMatrix Sparse(bool with_values);
  /// rows, columns, n, m, values, positions: arrays of the right lengths; what is in them is for ExpandNm.
  NmMatrix Nm();
  /// rows, columns, blockRows, blockColumns, values (if `with_values`), columnIndices (Int32Array), rowOffsets: arrays
  /// of the right lengths; what is in them is for CheckBlock.
  BlockMatrix Blocks(bool with_values);
  Napi::Object Object(const char* name);

 private:
  Napi::Value At(size_t index) const;
  Napi::Value Next() { return At(next_++); }
  void* Array(const char* name, napi_typedarray_type type, const char* type_name, int64_t length);
  [[noreturn]] void FailType(const char* name, const char* expected);

  const Napi::CallbackInfo& info_;
  const char* op_;
  /// Empty if the call's own arguments are read.
  Napi::Array list_;
  size_t next_ = 0;
};

/// Throws the JavaScript error of a failed status: RangeError for what the caller can mend, Error for the rest.
void ThrowIfError(Napi::Env env, const char* op, const Status& status);

}  // namespace winnow::addon

#endif  // WINNOW_ADDON_ARGUMENTS_H_
