import * as tf from '@tensorflow/tfjs';
import {
  type Granularity,
  kernelIdOf,
  type OwnTensors,
  randomUniform,
  registerTransform,
  type WeightTransform,
} from '@winnow/ops';
import { checkGranularity, checkInteger, checkKeys, checkNonNegative } from '@winnow/ops/arguments';
import { fraction, fractionBelowOne, nonNegative } from './hyperparameter.js';
import { defineMethod } from './method.js';
import { own } from './own.js';
import { magnitudeOfProduct } from './scores/magnitude.js';

const NAME = 'smallify';

/** What Smallify is asked for. */
export interface SmallifyOptions {
  /** λ ≥ 0: factor of Σ|switch|. */
  lambda: number;
  /** One switch for every weight or for every column. Default `'unit'`, as published. */
  granularity?: Granularity;
  /** Memory of the averages of a switch's sign, in [0, 1). Default 0.9. */
  momentum?: number;
  /** Variance of the sign at which a switch is turned off for good. Default 0.5. */
  threshold?: number;
  /** Default 0. */
  seed?: number;
}

/**
 * Weights (or columns) times a trained switch. A switch whose sign wavers, because the penalty pulls it to zero and
 * nothing holds it there, is turned off for good.
 *
 * Of the sign s ∈ {−1, 0, 1} after each step, mean and variance are remembered exponentially: d = s − m, m ← m +
 * (1−μ)·d, v ← μ·(v + (1−μ)·d²), starting from the first sign.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Leclerc et al., "Smallify: Learning Network Size while Training", arXiv 1806.03723
 */
export function smallifyTransform(options: SmallifyOptions): WeightTransform {
  const op = 'smallifyTransform';
  checkKeys(op, 'options', options ?? {}, ['lambda', 'granularity', 'momentum', 'threshold', 'seed']);
  const lambda = checkNonNegative(op, 'lambda', options?.lambda);
  const granularity = checkGranularity(op, options.granularity ?? 'unit');
  const momentum = checkNonNegative(op, 'momentum', options.momentum ?? 0.9);
  if (momentum >= 1) throw new RangeError(`${op}: momentum must be in [0, 1), got ${momentum}`);
  const threshold = checkNonNegative(op, 'threshold', options.threshold ?? 0.5);
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const gateOf = (variables: OwnTensors | undefined) =>
    tf.mul(own(NAME, 'switch', variables), own(NAME, 'mask', variables));
  return {
    name: NAME,
    variables({ path, kernel }) {
      const shape = granularity === 'weight' ? kernel.shape : [kernel.shape.at(-1) as number];
      const first = randomUniform(shape, { seed, step: 0, stream: kernelIdOf(path) });
      return {
        switch: { initial: first, trainable: true },
        mask: { initial: tf.ones(shape) },
        signMean: { initial: tf.sign(first) },
        signVariance: { initial: tf.zeros(shape) },
      };
    },
    apply: (kernel, { variables }) => tf.tidy(() => tf.mul(kernel, gateOf(variables))),
    penalty: (kernels, { variables }) =>
      tf.tidy(() => {
        const sizes = [...kernels.keys()].map((path) => tf.sum(tf.abs(own(NAME, 'switch', variables?.get(path)))));
        return tf.mul(tf.addN(sizes), lambda) as tf.Scalar;
      }),
    afterStep(_step, kernels) {
      for (const { variables } of kernels.values()) {
        const { mask, signMean, signVariance } = variables as Record<string, tf.Variable>;
        const difference = tf.sub(tf.sign(variables['switch'] as tf.Variable), signMean as tf.Variable);
        signMean!.assign(tf.add(signMean!, tf.mul(difference, 1 - momentum)));
        signVariance!.assign(tf.mul(tf.add(signVariance!, tf.mul(tf.square(difference), 1 - momentum)), momentum));
        mask!.assign(tf.mul(mask!, tf.cast(tf.less(signVariance!, threshold), 'float32')));
      }
    },
    scores: (kernel, { granularity: asked, variables }) =>
      tf.tidy(() => magnitudeOfProduct(kernel, gateOf(variables), asked)),
    targetMask: (kernel, { variables }) =>
      tf.tidy(() => tf.cast(tf.broadcastTo(own(NAME, 'mask', variables), kernel.shape), 'bool')),
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => smallifyTransform(config as unknown as SmallifyOptions));

export const smallify = defineMethod({
  name: NAME,
  title: 'Smallify',
  summary: 'multiplies columns (or weights) by trained switches; one whose sign wavers is off for good',
  reference: 'Leclerc et al., "Smallify: Learning Network Size while Training", arXiv 1806.03723',
  pruned: '|w · switch · mask| in every column, or the columns’ L2 norm of it',
  hyperparameters: {
    lambda: nonNegative({ weight: 1e-5, unit: 1e-4 }, 'factor of Σ|switch|'),
    momentum: fractionBelowOne(0.9, 'memory of the averages of the sign'),
    threshold: fraction(0.5, 'variance of the sign that turns a switch off'),
  },
  create: ({ lambda, momentum, threshold }, { granularity, seed }) =>
    smallifyTransform({ lambda, momentum, threshold, granularity, seed }),
});
