#include "addon/arguments.h"
#include "addon/registry.h"
#include "ops/sddmm/sddmm.h"

namespace winnow::addon {
namespace {

/// sddmm(rows, columns, columnIndices, rowOffsets, tokens, rowInput: [tokens · rows], rowTokensOuter, columnInput:
/// [tokens · columns], columnTokensOuter, out: Float32Array [nnz]): void
Napi::Value CallSddmm(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "sddmm";
  Arguments read(info, kName);
  SddmmArguments arguments;
  arguments.pattern = read.Sparse(false);
  arguments.tokens = read.Integer("tokens", 0, kMaxAxis);
  arguments.row_input.data = read.Floats("rowInput", arguments.tokens * arguments.pattern.rows);
  arguments.row_input.tokens_outer = read.Boolean("rowTokensOuter");
  arguments.column_input.data = read.Floats("columnInput", arguments.tokens * arguments.pattern.columns);
  arguments.column_input.tokens_outer = read.Boolean("columnTokensOuter");
  float* values = read.Floats("out", arguments.pattern.nnz);
  ThrowIfError(info.Env(), kName, Sddmm(arguments, PoolOf(info), values));
  return info.Env().Undefined();
}

/// sddmmBlock(rows, columns, blockRows, blockColumns, columnIndices, rowOffsets, tokens, rowInput, rowTokensOuter,
/// columnInput, columnTokensOuter, out: Float32Array [blocks · blockRows · blockColumns]): void
Napi::Value CallSddmmBlock(const Napi::CallbackInfo& info) {
  constexpr char kName[] = "sddmm";
  Arguments read(info, kName);
  const BlockMatrix pattern = read.Blocks(false);
  const int64_t tokens = read.Integer("tokens", 0, kMaxAxis);
  TokenMatrix row_input, column_input;
  row_input.data = read.Floats("rowInput", tokens * pattern.rows);
  row_input.tokens_outer = read.Boolean("rowTokensOuter");
  column_input.data = read.Floats("columnInput", tokens * pattern.columns);
  column_input.tokens_outer = read.Boolean("columnTokensOuter");
  float* values = read.Floats("out", pattern.size());
  ThrowIfError(info.Env(), kName, SddmmBlocks(pattern, row_input, column_input, tokens, PoolOf(info), values));
  return info.Env().Undefined();
}

const Register kEntry({"sddmm", "sddmm", CallSddmm});
const Register kBlockEntry({"sddmm", "sddmmBlock", CallSddmmBlock});

}  // namespace
}  // namespace winnow::addon
