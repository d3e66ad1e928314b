import type { Granularity, RankScope } from '@winnow/ops';
import type { AllocationName } from '../allocation/index.js';
import type { Hyperparameter } from '../hyperparameter.js';
import { findPattern, type PatternKind, patternKinds, patternOption } from '../patterns/index.js';
import { checkAxes, type MaskAxes } from './choose-masks.js';

/** Over what a sparsity holds: each column, each layer alike, each layer with its share, the network. */
export const SCOPES = ['column', 'layer', 'erk', 'global'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a pattern is called that the granularity and the scope decide. */
const BY_GRANULARITY = 'weight';
const UNIT_KINDS: readonly PatternKind[] = ['unit'];

/** The hyperparameter `pattern` of methods that know both granularities. */
export function granularPattern(about: string): Hyperparameter<string> {
  return patternOption(BY_GRANULARITY, patternKinds, about, [BY_GRANULARITY]);
}

/** The scope that an allocation means: the words of both are taken. */
export function scopeOf(allocation: Scope | 'uniform'): Scope {
  return allocation === 'uniform' ? 'layer' : allocation;
}

/**
 * Pattern and allocation of a method that is asked for a scope. Without a pattern single weights fall at granularity
 * `'weight'` and columns at `'unit'`.
 *
 * @throws RangeError or TypeError if they do not go together
 */
export function axesOfScope(
  op: string,
  scope: Scope,
  { pattern = BY_GRANULARITY, granularity, sparsity }: { pattern?: string; granularity: Granularity; sparsity: number },
): MaskAxes & { readonly pruningScope: RankScope } {
  const allocation: AllocationName = scope === 'erk' || scope === 'global' ? scope : 'uniform';
  const byGranularity = granularity === 'unit' ? 'unit' : scope === 'column' ? 'column' : 'layer';
  const found =
    pattern === BY_GRANULARITY
      ? findPattern(op, byGranularity)
      : findPattern(op, pattern, granularity === 'unit' ? UNIT_KINDS : undefined);
  const axes = checkAxes(op, { pattern: found, allocation, sparsity });
  // Pruning after training ranks among what the sparsity holds over; a layer's own share is not the network's.
  const within = pattern === BY_GRANULARITY ? scope : found.name === 'column' ? 'column' : 'layer';
  return { ...axes, pruningScope: allocation === 'uniform' ? (within as RankScope) : 'global' };
}
