// Kernel body: compiled once per instruction set; see core/simd.h for the rules.
#include "core/gemm/gemm_tiles.h"

namespace winnow {
namespace WINNOW_ISA_NAMESPACE {

const GemmKernels kGemmKernels = {MultiplyMatrices};

}  // namespace WINNOW_ISA_NAMESPACE
}  // namespace winnow
