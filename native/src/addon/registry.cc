#include "addon/registry.h"

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "addon/arguments.h"

namespace winnow::addon {
namespace {

// In a function: entries register in an unspecified order, before any other static object need exist.
std::vector<Entry>& Entries() {
  static std::vector<Entry> entries;
  return entries;
}

Napi::Value Call(const Napi::CallbackInfo& info) {
  const Entry& entry = *static_cast<const Entry*>(info.Data());
  const auto text = [&](const char* what) { return std::string(entry.op) + ": " + what; };
  try {
    Arguments read(info, entry.op);
    return entry.call(read);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw Napi::RangeError::New(info.Env(), text("not enough memory"));
  } catch (const std::length_error&) {
    throw Napi::RangeError::New(info.Env(), text("not enough memory"));
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), text(error.what()));
  } catch (...) {
    throw Napi::Error::New(info.Env(), text("unknown error"));
  }
}

}  // namespace

Register::Register(const Entry& entry) { Entries().push_back(entry); }

void Export(Napi::Env env, Napi::Object exports) {
  for (Entry& entry : Entries()) exports.Set(entry.name, Napi::Function::New<Call>(env, entry.name, &entry));
}

}  // namespace winnow::addon
