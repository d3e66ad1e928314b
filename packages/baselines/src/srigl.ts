import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform } from '@winnow/ops';
import { checkFraction } from '@winnow/ops/arguments';
import { choice, fraction, positiveInteger } from './hyperparameter.js';
import { cosineFraction, replaceMask } from './masks/drop-and-grow.js';
import { type DynamicSparseOptions, dynamicSparse, dynamicSparseOptions } from './masks/dynamic-sparse.js';
import { maskOfCount, masksOfSparsity } from './masks/mask-of-scores.js';
import { defineMethod, stepsOf } from './method.js';

const NAME = 'srigl';

/** What SRigL is asked for. */
export interface SRigLOptions extends DynamicSparseOptions {
  /** Columns whose salient weights are fewer than this share of their fan-in are given up, in [0, 1]. Default 0.3. */
  minSalient?: number;
}

/**
 * One renewal with constant fan-in. Of the layer's n kept weights the ⌊share · n⌋ weakest are dropped; a weight is salient if it stays
 * or is among as many of the largest gradients. Columns with too few salient weights are given up for good, and all others get the
 * same number of weights, ⌊n / columns left⌋, filled up by gradient.
 *
 * @param kernel, mask, growth float32 of the kernel's shape; growth ≥ 0
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
export function sriglTransform(given: SRigLOptions): WeightTransform {
  const op = 'sriglTransform';
  const options = dynamicSparseOptions(op, given);
  const minSalient = checkFraction(op, 'minSalient', given.minSalient ?? 0.3);
  const { isRenewal, ...sparse } = dynamicSparse(
    NAME,
    options,
    'column',
    (step, _path, { kernel, variables, gradient }) => {
      const mask = variables['mask'] as tf.Variable;
      const share = cosineFraction(options.fraction, step, options.endStep);
      replaceMask(kernel, mask, dropAndGrowByColumn(kernel, mask, tf.abs(gradient as tf.Tensor), share, minSalient));
    },
  );
  return { ...sparse, needsGradient: isRenewal, getConfig: () => ({ ...given }) };
}

registerTransform(NAME, (config) => sriglTransform(config as unknown as SRigLOptions));

export const srigl = defineMethod({
  name: NAME,
  title: 'SRigL, constant fan-in',
  summary: 'RigL with the same number of weights in every column; weak columns are given up',
  reference: 'Lasby et al., "Dynamic Sparse Training with Structured Sparsity", arXiv 2305.02299',
  pruned: '|w · mask| over the network; in every column for uniform',
  granularities: ['weight'],
  hyperparameters: {
    sparsity: fraction(0.9, 'of the network, from the first step on'),
    interval: positiveInteger(100, 'ΔT: steps between renewals'),
    fraction: fraction(0.3, 'α: share of the weights that the first renewal replaces'),
    end: fraction(0.75, 'fraction of the run after which the masks stay'),
    allocation: choice(['erk', 'uniform'], 'erk', 'how the sparsity is spread over the layers'),
    salient: fraction(0.3, 'γ: share of salient weights below which a column is given up'),
  },
  create: ({ sparsity, interval, fraction: share, end, allocation, salient }, context) =>
    sriglTransform({
      sparsity,
      interval,
      fraction: share,
      allocation,
      minSalient: salient,
      endStep: stepsOf(end, context),
      seed: context.seed,
    }),
});
