#ifndef WINNOW_CORE_STATUS_H_
#define WINNOW_CORE_STATUS_H_

#include <cstdint>
#include <string>
#include <utility>

namespace winnow {

enum class StatusCode {
  kOk,
  /// The caller's mistake: a size, a range, a NaN.
  kInvalidArgument,
  /// The machine cannot do what was asked: an instruction set that is unknown or missing.
  kUnavailable,
  kOutOfMemory,
};

/// The outcome of a kernel. Messages begin with the argument's name ("count must be in [0, 12], got 13"): whoever
/// reports them (TensorFlow, N-API) puts its own name of the op in front.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }
  /// A failure of one of several: "items[3]: count must be …".
  Status In(const char* list, int64_t index) const {
    if (ok()) return {};
    return {code_, std::string(list) + "[" + std::to_string(index) + "]: " + message_};
  }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

inline Status InvalidArgument(std::string message) { return {StatusCode::kInvalidArgument, std::move(message)}; }
inline Status OutOfMemory() { return {StatusCode::kOutOfMemory, "not enough memory for the scratch buffers"}; }

}  // namespace winnow

/// Hands a failure to the caller.
#define WINNOW_RETURN_IF_ERROR(expression)         \
  do {                                             \
    ::winnow::Status winnow_status(expression);    \
    if (!winnow_status.ok()) return winnow_status; \
  } while (false)

#endif  // WINNOW_CORE_STATUS_H_
