#include "ops/spmm/spmm_cpu.h"

#include <algorithm>
#include <atomic>

#include "core/float_environment.h"
#include "core/workspace_pool.h"
#include "ops/spmm/spmm.h"

namespace winnow {
namespace {

constexpr IsaVariants<SpmmKernels> kVariants = WINNOW_VARIANTS(kSpmmKernels);

/// Pieces of work there should be at least: enough for the threads of a large machine, few enough that packing a panel
/// again for each of its pieces costs little.
constexpr int64_t kPieces = 32;

/// One product, cut into pieces: a panel of tokens times a run of tiles.
struct Product {
  const SpmmKernels& kernels;
  const SpmmPlan& sparse;
  const SpmmArguments& arguments;
  TokenOutput output;
  /// The sums before GELU, as the output; null for none.
  float* plain;
  int64_t panels;
  int64_t pieces_per_panel;

  Product(const SpmmKernels& kernels, const SpmmPlan& sparse, const SpmmArguments& arguments, TokenOutput output,
          float* plain)
      : kernels(kernels), sparse(sparse), arguments(arguments), output(output), plain(plain) {
    panels = PanelCount(arguments.tokens);
    const int64_t wanted = (kPieces + panels - 1) / std::max<int64_t>(1, panels);
    pieces_per_panel = std::clamp<int64_t>(wanted, 1, std::max<int64_t>(1, sparse.tiles()));
  }

  /// Cycles of a piece, roughly.
  int64_t Cost() const {
    const int64_t multiply = 5 * sparse.nnz() + 30 * sparse.units();
    return multiply / pieces_per_panel + 20 * sparse.channels() + 1000;
  }

  void ComputeTile(int64_t panel, int64_t tile, const float* packed, float* sums) const {
    const int64_t token = panel * kPanelTokens, unit = tile * kTileUnits, units = sparse.units();
    SpmmBlock block;
    block.panel = packed;
    block.tokens = std::min<int64_t>(kPanelTokens, arguments.tokens - token);
    block.entries = sparse.entries();
    block.words = sparse.words();
    block.widths = sparse.is_grouped() ? sparse.widths(tile) : nullptr;
    block.units = std::min<int64_t>(kTileUnits, units - unit);
    block.bias = arguments.bias == nullptr ? nullptr : arguments.bias + unit;
    SpmmTarget target;
    target.tokens_outer = output.tokens_outer;
    target.stride = output.tokens_outer ? units : arguments.tokens;
    const int64_t offset = output.tokens_outer ? token * units + unit : unit * arguments.tokens + token;
    target.data = output.data + offset;
    const bool is_gelu = arguments.activation == Activation::kGelu;
    // Whole panels of [units, tokens] need no detour; GELU is applied to a tile that is in the level-1 cache.
    const bool direct = !output.tokens_outer && block.tokens == kPanelTokens && !is_gelu;
    block.direct_stride = target.stride;
    for (int64_t b = 0; b < sparse.blocks(); ++b) {
      const bool last = b + 1 == sparse.blocks();
      block.starts = sparse.starts(tile, b);
      block.first = b == 0;
      block.relu = last && arguments.activation == Activation::kRelu;
      block.direct = last && direct ? target.data : nullptr;
      kernels.multiply(block, sums);
    }
    if (is_gelu) {
      if (plain != nullptr) {
        SpmmTarget plain_target = target;
        plain_target.data = plain + offset;
        kernels.write(sums, block.units, block.tokens, plain_target);
      }
      kernels.gelu(sums, block.units, block.tokens);
    }
    if (!direct) kernels.write(sums, block.units, block.tokens, target);
  }

  /// The pieces [begin, end), numbered panel by panel. False if there is no memory.
  bool Compute(int64_t begin, int64_t end) const {
    const ScopedIeeeFloats ieee;
    const int64_t panel_floats = sparse.channels() * kPanelTokens;
    const WorkspacePool::Loan memory = WorkspacePool::Shared().Lend(panel_floats + kTileUnits * kPanelTokens);
    if (memory.data() == nullptr) return false;
    float *const packed = memory.data(), *const sums = packed + panel_floats;
    int64_t packed_panel = -1;
    for (int64_t piece = begin; piece < end; ++piece) {
      const int64_t panel = piece / pieces_per_panel, part = piece % pieces_per_panel;
      if (panel != packed_panel && sparse.channels() > 0) {
        const int64_t channels = sparse.channels();
        kernels.pack(PanelOf(arguments.input, arguments.tokens, channels, panel, 0, channels), packed);
      }
      packed_panel = panel;
      const int64_t last = sparse.tiles() * (part + 1) / pieces_per_panel;
      for (int64_t tile = sparse.tiles() * part / pieces_per_panel; tile < last; ++tile) {
        ComputeTile(panel, tile, packed, sums);
      }
    }
    return true;
  }
};

}  // namespace

Status Spmm(const SpmmPlan& sparse, const SpmmArguments& arguments, ParallelFor& parallel_for, TokenOutput output,
            float* sums) {
  WINNOW_RETURN_IF_ERROR(CheckSpmm(sparse, arguments));
  const SpmmKernels* kernels;
  WINNOW_RETURN_IF_ERROR(SelectVariant(kVariants, &kernels));
  if (arguments.tokens == 0 || sparse.units() == 0) return {};
  const Product product(*kernels, sparse, arguments, output, sums);
  std::atomic<bool> out_of_memory{false};
  parallel_for.Run(product.panels * product.pieces_per_panel, product.Cost(), [&](int64_t begin, int64_t end) {
    if (!product.Compute(begin, end)) out_of_memory.store(true, std::memory_order_relaxed);
  });
  return out_of_memory.load(std::memory_order_relaxed) ? OutOfMemory() : Status();
}

}  // namespace winnow
