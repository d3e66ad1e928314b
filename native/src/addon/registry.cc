#include "addon/registry.h"

#include <set>

namespace winnow::addon {
namespace {

// In a function: entries register in an unspecified order, before any other static object need exist.
std::vector<Entry>& MutableEntries() {
  static std::vector<Entry> entries;
  return entries;
}

}  // namespace

ParallelFor& PoolOf(const Napi::CallbackInfo& info) { return *info.Env().GetInstanceData<Environment>()->pool; }

Register::Register(const Entry& entry) { MutableEntries().push_back(entry); }

const std::vector<Entry>& Entries() { return MutableEntries(); }

std::vector<std::string> Operations() {
  std::set<std::string> names;
  for (const Entry& entry : Entries()) names.insert(entry.operation);
  return {names.begin(), names.end()};
}

}  // namespace winnow::addon
