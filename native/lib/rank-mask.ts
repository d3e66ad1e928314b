import { checkScores, type MatrixSize, outputArray, readEntries } from './arguments.js';
import { type NativeRankItem, SCOPE_CODE } from './binding.js';
import { nativeBinding } from './load.js';
import { prunedCount } from './pruned-count.js';
import { checkChoice, checkFraction, checkKeys } from './value-checks.js';

/** Scores of one kernel, a row-major matrix [fanIn, units]. */
export interface RankedScores extends MatrixSize {
  /** What is ranked, by value: |w|, |w · g|, w² · Fisher or any other. Without NaN. */
  scores: Float32Array;
  /** Where to write; of the scores' length. Default: a new array. */
  out?: Uint8Array;
}

export interface RankMaskOptions {
  /** Fraction to cut, in [0, 1]. */
  sparsity: number;
  /**
   * Among which scores ranks are given: of every column by itself (exactly ⌊sparsity · fanIn⌋ of each are cut), of a
   * kernel (⌊sparsity · fanIn · units⌋), or of all kernels (⌊sparsity · all⌋). Default 'layer'.
   */
  scope?: 'column' | 'layer' | 'global';
}

/**
 * The masks that cut the entries with the lowest scores: 1 = kept, 0 = cut. Of equal scores the one in the earlier
 * kernel goes first, then the one with the lower index; −0 equals 0. So the sparsity is exact.
 * @returns for each kernel its `out` or a new Uint8Array, [fanIn, units].
 * @throws {TypeError | RangeError} for a bad argument, and for a NaN, with the number of the kernel and the index in
 * it.
 */
export function rankMask(items: readonly RankedScores[], options: RankMaskOptions): Uint8Array[] {
  const op = 'rankMask';
  checkKeys(op, 'options', options, ['sparsity', 'scope']);
  const { sparsity, scope = 'layer' } = options;
  checkFraction(op, 'sparsity', sparsity);
  checkChoice(op, 'scope', scope, ['column', 'layer', 'global']);
  let total = 0;
  const entries = readEntries(op, 'items', items, (item, name): NativeRankItem => {
    const { scores, fanIn, units } = item;
    checkScores(name, scores, item);
    total += scores.length;
    const count = scope === 'global' ? 0 : prunedCount(sparsity, scope === 'column' ? fanIn : scores.length);
    return [scores, fanIn, units, count, outputArray(name, item.out, Uint8Array, scores)];
  });
  const globalCount = scope === 'global' ? prunedCount(sparsity, total) : 0;
  nativeBinding().rankMask(entries, SCOPE_CODE[scope], false, 1, 1, globalCount);
  return entries.map((entry) => entry[4]);
}
