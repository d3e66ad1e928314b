#include "ops/optimizer_step/optimizer_step.h"

#include <string>

#include "core/checked_size.h"

namespace winnow {
namespace {

template <typename Variable>
Status Check(const std::vector<Variable>& variables) {
  for (size_t i = 0; i < variables.size(); ++i) {
    const std::string name = "size of variables[" + std::to_string(i) + "]";
    WINNOW_RETURN_IF_ERROR(CheckRange(name.c_str(), variables[i].common.size, 0, kMaxProduct));
  }
  return {};
}

}  // namespace

Status CheckOptimizerStep(const std::vector<SgdVariable>& variables) { return Check(variables); }
Status CheckOptimizerStep(const std::vector<AdamVariable>& variables) { return Check(variables); }

}  // namespace winnow
