import * as tf from '@tensorflow/tfjs';
import { kernelIdOf, randomNormal, registerTransform, type WeightTransform } from '@winnow/ops';
import { checkInteger, checkKeys, checkNonNegative } from '@winnow/ops/arguments';
import { nonNegative } from './hyperparameter.js';
import { defineMethod, stepsOf } from './method.js';
import { own } from './own.js';
import { EPSILON, logAlpha, logAlphaScores } from './scores/log-alpha.js';
import { stepNumber } from './step-number.js';

const NAME = 'variational-dropout';

/** Constants of the approximation of the KL divergence, as published. */
const K1 = 0.63576;
const K2 = 1.8732;
const K3 = 1.48695;
const INITIAL_LOG_VARIANCE = -10;

/** What sparse variational dropout is asked for. */
export interface VariationalDropoutOptions {
  /** Factor of the KL divergence once warmed up, ≥ 0, before the division by `trainingImages`. Default 0.01. */
  scale?: number;
  /** The size of the training set, ≥ 1. Default 50,000. */
  trainingImages?: number;
  /** Steps over which the factor rises from 0. Default 50,000; scale it with the run. */
  warmupSteps?: number;
  /** Weights with log α below it are kept. Default 3. */
  threshold?: number;
  /** Default 0. */
  seed?: number;
}

/** The KL divergence of each weight's posterior from the log-uniform prior, up to a constant. */
export function klDivergence(logAlphas: tf.Tensor): tf.Tensor {
  const sigmoid = tf.mul(tf.sigmoid(tf.add(tf.mul(logAlphas, K3), K2)), K1);
  const half = tf.mul(tf.log1p(tf.exp(tf.neg(logAlphas))), 0.5);
  return tf.add(tf.sub(half, sigmoid), K1);
}

/** mean + √(variance + ε)·noise, with the gradient in as few passes over the activations as it takes. */
function drawn(mean: tf.Tensor, variance: tf.Tensor, noise: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((m, v, save) => {
    const deviation = tf.sqrt(tf.add(v as tf.Tensor, EPSILON));
    (save as tf.GradSaveFunc)([tf.div(noise, tf.mul(deviation, 2))]);
    return {
      value: tf.add(m as tf.Tensor, tf.mul(deviation, noise)),
      gradFunc: (dy, saved) => [
        tf.clone(dy as tf.Tensor),
        tf.mul(dy as tf.Tensor, (saved as tf.Tensor[])[0] as tf.Tensor),
      ],
    };
  });
  return op(mean, variance);
}

/**
 * Every weight is a normal variable with a trained variance. A layer draws its outputs, not its weights (local
 * reparameterisation):
 * mean x·w, variance x²·σ², σ² = α(w² + ε).
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Molchanov, Ashukha, Vetrov, "Variational Dropout Sparsifies Deep Neural Networks", arXiv 1701.05369
 */
export function variationalDropoutTransform(options: VariationalDropoutOptions = {}): WeightTransform {
  const op = 'variationalDropoutTransform';
  checkKeys(op, 'options', options, ['scale', 'trainingImages', 'warmupSteps', 'threshold', 'seed']);
  const scale = checkNonNegative(op, 'scale', options.scale ?? 0.01);
  const images = checkInteger(op, 'trainingImages', options.trainingImages ?? 50_000, 1, 2 ** 31 - 1);
  const warmup = checkInteger(op, 'warmupSteps', options.warmupSteps ?? 50_000, 1, 2 ** 31 - 1);
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const threshold = options.threshold ?? 3;
  const isKept = (kernel: tf.Tensor, variables: Parameters<typeof own>[2]) =>
    tf.less(logAlpha(kernel, own(NAME, 'logVariance', variables)), threshold);
  return {
    name: NAME,
    decaysKernels: false,
    variables: ({ kernel }) => ({
      logVariance: { initial: tf.fill(kernel.shape, INITIAL_LOG_VARIANCE), trainable: true },
    }),
    apply: (kernel, { training, variables }) =>
      training ? kernel : tf.tidy(() => tf.mul(kernel, tf.cast(isKept(kernel, variables), 'float32'))),
    forward(inputs, kernel, layer, { path, step, training, variables }) {
      if (!training) return layer.run(inputs, kernel);
      const alpha = tf.exp(logAlpha(kernel, own(NAME, 'logVariance', variables)));
      const mean = layer.linear(inputs, kernel);
      const variance = layer.linear(tf.square(inputs), tf.mul(alpha, tf.add(tf.square(kernel), EPSILON)));
      const noise = randomNormal(mean.shape, { seed, step: stepNumber(step), stream: kernelIdOf(path) });
      return layer.finish(drawn(mean, variance, noise));
    },
    penalty: (kernels, { step, variables }) =>
      tf.tidy(() => {
        const divergences = [...kernels].map(([path, kernel]) =>
          tf.sum(klDivergence(logAlpha(kernel, own(NAME, 'logVariance', variables?.get(path))))),
        );
        const factor = (scale / images) * Math.min(1, stepNumber(step) / warmup);
        return tf.mul(tf.addN(divergences), factor) as tf.Scalar;
      }),
    scores: (kernel, { granularity, variables }) =>
      logAlphaScores(kernel, own(NAME, 'logVariance', variables), granularity),
    targetMask: (kernel, { variables }) => tf.tidy(() => isKept(kernel, variables)),
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => variationalDropoutTransform(config as unknown as VariationalDropoutOptions));

export const variationalDropout = defineMethod({
  name: NAME,
  title: 'sparse variational dropout',
  summary: 'trains a variance for every weight; noisy weights are cut (no weight decay)',
  reference: 'Molchanov, Ashukha, Vetrov, "Variational Dropout Sparsifies Deep Neural Networks", arXiv 1701.05369',
  pruned: '−log α in every column, or the columns’ norm of 1/√α',
  hyperparameters: {
    scale: nonNegative(0.01, 'factor of the KL divergence, divided by 50,000'),
    warmup: nonNegative(0.625, 'fraction of the run over which it rises from 0 (50,000 of 80,000 steps)'),
    threshold: nonNegative(3, 'weights with log α below it are kept'),
  },
  create: ({ scale, warmup, threshold }, context) =>
    variationalDropoutTransform({ scale, threshold, warmupSteps: stepsOf(warmup, context), seed: context.seed }),
});
