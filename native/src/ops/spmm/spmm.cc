#include "ops/spmm/spmm.h"

#include "core/checked_size.h"
#include "core/matrix.h"

namespace winnow {

Status CheckSpmm(const SpmmPlan& sparse, const SpmmArguments& arguments) {
  WINNOW_RETURN_IF_ERROR(CheckRange("tokens", arguments.tokens, 0, kMaxAxis));
  WINNOW_RETURN_IF_ERROR(CheckProduct("tokens × channels", {arguments.tokens, sparse.channels()}));
  return CheckProduct("tokens × units", {arguments.tokens, sparse.units()});
}

}  // namespace winnow
