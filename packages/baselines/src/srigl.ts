import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform } from '@winnow/ops';
import { checkFraction, checkKeys } from '@winnow/ops/arguments';
import { fraction } from './hyperparameter.js';
import {
  DYNAMIC_SPARSE_KEYS,
  type DynamicSparseMethod,
  type DynamicSparseOptions,
  dynamicSparse,
  dynamicSparseHyperparameters,
} from './masks/dynamic-sparse.js';
import { defineMethod } from './method.js';
import { maskOfCount, masksOfSparsity } from './patterns/cut-lowest.js';
import { gradient } from './scores/gradient.js';

const SRIGL: DynamicSparseMethod = { name: 'srigl', growth: gradient, schedule: 'cosine', patterns: ['column'] };

/** What SRigL is asked for. */
export interface SRigLOptions extends DynamicSparseOptions {
  /** Columns whose salient weights are fewer than this share of their fan-in are given up, in [0, 1]. Default 0.3. */
  minSalient?: number;
}

/**
 * One renewal with constant fan-in. Of the layer's n kept weights the ⌊share · n⌋ weakest are dropped; a weight is
 * salient if it stays or is among as many of the largest gradients. Columns with too few salient weights are given up
 * for good, and all others get the same number of weights, ⌊n / columns left⌋, filled up by gradient.
 *
 * @param kernel float32, as `mask` and `growth`, which is ≥ 0: all of the kernel's shape
 */
export function dropAndGrowByColumn(
  kernel: tf.Tensor,
  mask: tf.Tensor,
  growth: tf.Tensor,
  share: number,
  minSalient: number,
): tf.Tensor {
  return tf.tidy(() => {
    const units = kernel.shape.at(-1) as number;
    const matrix = [kernel.size / units, units];
    const [$kernel, $mask, $growth] = [kernel, mask, growth].map((tensor) => tf.reshape(tensor, matrix)) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const isKept = tf.cast($mask, 'bool');
    const wasActive = tf.greater(tf.sum($mask, 0), 0);
    const kept = Math.round(tf.sum($mask).dataSync()[0] as number);
    const active = Math.round(tf.sum(tf.cast(wasActive, 'int32')).dataSync()[0] as number);
    if (active === 0) return tf.clone(mask);
    // Columns given up do not grow again.
    const candidates = tf.logicalAnd(tf.logicalNot(isKept), tf.broadcastTo(tf.reshape(wasActive, [1, units]), matrix));
    const room = tf.sum(tf.cast(candidates, 'int32')).dataSync()[0] as number;
    const moved = Math.min(Math.floor(share * kept), room);
    const never = tf.fill(matrix, -1);
    const survivors = tf.cast(maskOfCount(tf.where(isKept, tf.abs($kernel), never), kept - moved), 'bool');
    const strongest = tf.cast(maskOfCount(tf.where(candidates, $growth, never), moved), 'bool');
    const salient = tf.sum(tf.cast(tf.logicalOr(survivors, strongest), 'int32'), 0);
    const enough = tf.logicalAnd(wasActive, tf.greaterEqual(salient, minSalient * (kept / active)));
    const left = Math.round(tf.sum(tf.cast(enough, 'int32')).dataSync()[0] as number);
    const [columns, count] = left === 0 ? [wasActive, active] : [enough, left];
    const fanIn = Math.min(matrix[0] as number, Math.floor(kept / count));
    const unit = tf.div($growth, tf.maximum(tf.max($growth), 1e-30));
    const scores = tf.where(survivors, tf.fill(matrix, 2), unit);
    const cut = ((matrix[0] as number) - fanIn) / (matrix[0] as number);
    const [filled] = masksOfSparsity([scores], cut, 'column') as [tf.Tensor];
    return tf.reshape(tf.mul(filled, tf.cast(columns, 'float32')), kernel.shape);
  });
}

/**
 * RigL with the same number of weights in every column that is in use, a pattern that runs fast (`EllMatrix`).
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Lasby et al., "Dynamic Sparse Training with Structured Sparsity", arXiv 2305.02299
 */
export function sriglTransform(options: SRigLOptions): WeightTransform {
  const op = 'sriglTransform';
  checkKeys(op, 'options', options ?? {}, [...DYNAMIC_SPARSE_KEYS, 'minSalient']);
  const minSalient = checkFraction(op, 'minSalient', options?.minSalient ?? 0.3);
  const renew: DynamicSparseMethod['renew'] = (_pattern, kernel, mask, growth, share) =>
    dropAndGrowByColumn(kernel, mask, growth, share, minSalient);
  return dynamicSparse(op, { ...SRIGL, renew }, options);
}

registerTransform(SRIGL.name, (config) => sriglTransform(config as unknown as SRigLOptions));

const { hyperparameters, optionsOf } = dynamicSparseHyperparameters(SRIGL, {
  end: 0.75,
  interval: 'ΔT: steps between renewals',
  share: 'α: share of the weights that the first renewal replaces',
});
const { pattern: _, ...ofColumns } = hyperparameters;

export const srigl = defineMethod({
  name: SRIGL.name,
  title: 'SRigL, constant fan-in',
  summary: 'RigL with the same number of weights in every column; weak columns are given up',
  reference: 'Lasby et al., "Dynamic Sparse Training with Structured Sparsity", arXiv 2305.02299',
  pruned: '|w · mask| over the network; in every column for uniform',
  granularities: ['weight'],
  hyperparameters: {
    ...ofColumns,
    salient: fraction(0.3, 'γ: share of salient weights below which a column is given up'),
  },
  create: ({ salient, ...values }, context) =>
    sriglTransform({ ...optionsOf({ ...values, pattern: 'column' }, context), minSalient: salient }),
});
