#include "addon/arguments.h"
#include "ops/sddmm/sddmm.h"

namespace winnow::addon {
namespace {

/// sddmm(rows, columns, columnIndices, rowOffsets, tokens, rowInput: [tokens · rows], rowTokensOuter, columnInput:
/// [tokens · columns], columnTokensOuter, out: Float32Array [nnz]): void
Napi::Value CallSddmm(Arguments& read) {
  SddmmArguments arguments;
  arguments.pattern = read.Sparse(false);
  arguments.tokens = read.Integer("tokens", 0, kMaxAxis);
  arguments.row_input.data = read.Floats("rowInput", {arguments.tokens, arguments.pattern.rows});
  arguments.row_input.tokens_outer = read.Boolean("rowTokensOuter");
  arguments.column_input.data = read.Floats("columnInput", {arguments.tokens, arguments.pattern.columns});
  arguments.column_input.tokens_outer = read.Boolean("columnTokensOuter");
  float* values = read.Floats("out", {arguments.pattern.nnz});
  return read.Done(Sddmm(arguments, read.Pool(), values));
}

/// sddmmBlock(rows, columns, blockRows, blockColumns, columnIndices, rowOffsets, tokens, rowInput, rowTokensOuter,
/// columnInput, columnTokensOuter, out: Float32Array [blocks · blockRows · blockColumns]): void
Napi::Value CallSddmmBlock(Arguments& read) {
  const BlockMatrix pattern = read.Blocks(false);
  const int64_t tokens = read.Integer("tokens", 0, kMaxAxis);
  TokenMatrix row_input, column_input;
  row_input.data = read.Floats("rowInput", {tokens, pattern.rows});
  row_input.tokens_outer = read.Boolean("rowTokensOuter");
  column_input.data = read.Floats("columnInput", {tokens, pattern.columns});
  column_input.tokens_outer = read.Boolean("columnTokensOuter");
  float* values = read.Floats("out", {pattern.blocks, pattern.block_rows, pattern.block_columns});
  return read.Done(SddmmBlocks(pattern, row_input, column_input, tokens, read.Pool(), values));
}

const Register kEntry({"sddmm", "sddmm", CallSddmm});
const Register kBlockEntry({"sddmmBlock", "sddmm", CallSddmmBlock});

}  // namespace
}  // namespace winnow::addon
