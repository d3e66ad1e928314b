import * as tf from '@tensorflow/tfjs';
import {
  type Granularity,
  kernelIdOf,
  type OwnTensors,
  randomNormal,
  randomUniform,
  registerTransform,
  type WeightTransform,
} from '@winnow/ops';
import { checkGranularity, checkInteger, checkKeys, checkNonNegative, checkOpenFraction } from '@winnow/ops/arguments';
import { nonNegative, openFraction, positiveInteger } from './hyperparameter.js';
import { defineMethod } from './method.js';
import { own } from './own.js';
import { gateScores } from './scores/gate.js';
import { stepNumber } from './step-number.js';

const NAME = 'l0';

/** Temperature and stretch of the hard-concrete distribution, as published. */
const BETA = 2 / 3;
const ZETA = 1.1;
const GAMMA = -0.1;
/** Standard deviation of the gates' first values, and how near to 0 and 1 the noise may come. */
const INITIAL_DEVIATION = 0.01;
const MARGIN = 1e-6;

/** What L0 regularisation is asked for. */
export interface L0Options {
  /** λ ≥ 0: what an open gate costs, before the division by `trainingImages`. */
  lambda: number;
  /** One gate for every weight, or for every column. Default `'weight'`. */
  granularity?: Granularity;
  /** Probability at the start that a gate is closed, in (0, 1). Default 0.001. */
  initialDropRate?: number;
  /** The size of the training set by which the cost is divided, ≥ 1. Default 50,000. */
  trainingImages?: number;
  /** Default 0. */
  seed?: number;
}

/** The gate in evaluation: clip(sigmoid(log a)·(ζ − γ) + γ, 0, 1). */
export function evaluationGate(logA: tf.Tensor): tf.Tensor {
  return stretch(tf.sigmoid(logA));
}

function stretch(s: tf.Tensor): tf.Tensor {
  return tf.clipByValue(tf.add(tf.mul(s, ZETA - GAMMA), GAMMA), 0, 1);
}

/** A gate in training: the same of sigmoid((log u − log(1 − u) + log a)/β), u uniform. */
export function sampledGate(logA: tf.Tensor, uniform: tf.Tensor): tf.Tensor {
  const u = tf.clipByValue(uniform, MARGIN, 1 - MARGIN);
  const noise = tf.sub(tf.log(u), tf.log(tf.sub(1, u)));
  return stretch(tf.sigmoid(tf.div(tf.add(noise, logA), BETA)));
}

/** Probability that a gate is open: sigmoid(log a − β·log(−γ/ζ)). */
export function openProbability(logA: tf.Tensor): tf.Tensor {
  return tf.sigmoid(tf.sub(logA, BETA * Math.log(-GAMMA / ZETA)));
}

/**
 * Weights (or columns) times hard-concrete gates that are trained with them; the expected number of open gates is the
 * penalty.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Louizos et al., "Learning Sparse Neural Networks through L0 Regularization", arXiv 1712.01312
 */
export function l0Transform(options: L0Options): WeightTransform {
  const op = 'l0Transform';
  checkKeys(op, 'options', options ?? {}, ['lambda', 'granularity', 'initialDropRate', 'trainingImages', 'seed']);
  const lambda = checkNonNegative(op, 'lambda', options?.lambda);
  const granularity = checkGranularity(op, options.granularity ?? 'weight');
  const dropRate = checkOpenFraction(op, 'initialDropRate', options.initialDropRate ?? 0.001);
  const images = checkInteger(op, 'trainingImages', options.trainingImages ?? 50_000, 1, 2 ** 31 - 1);
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const logAOf = (variables: OwnTensors | undefined) => own(NAME, 'logA', variables);
  return {
    name: NAME,
    variables({ path, kernel }) {
      const shape = granularity === 'weight' ? kernel.shape : [kernel.shape.at(-1) as number];
      const initial = tf.tidy(() => {
        // Its own key: the noise of step 0 must not repeat in the first values.
        const noise = randomNormal(shape, { seed: seed + 1, step: 0, stream: kernelIdOf(path) });
        return tf.add(tf.mul(noise, INITIAL_DEVIATION), Math.log((1 - dropRate) / dropRate));
      });
      return { logA: { initial, trainable: true } };
    },
    apply: (kernel, { path, step, training, variables }) =>
      tf.tidy(() => {
        const logA = logAOf(variables);
        if (!training) return tf.mul(kernel, evaluationGate(logA));
        const uniform = randomUniform(logA.shape, { seed, step: stepNumber(step), stream: kernelIdOf(path) });
        return tf.mul(kernel, sampledGate(logA, uniform));
      }),
    penalty: (kernels, { variables }) =>
      tf.tidy(() => {
        const open = [...kernels.keys()].map((path) => tf.sum(openProbability(logAOf(variables?.get(path)))));
        return tf.mul(tf.addN(open), lambda / images) as tf.Scalar;
      }),
    scores: (kernel, { granularity: asked, variables }) => gateScores(logAOf(variables), kernel, asked),
    targetMask: (kernel, { variables }) =>
      tf.tidy(() =>
        tf.broadcastTo(tf.cast(tf.greater(evaluationGate(logAOf(variables)), 0), 'int32'), kernel.shape).cast('bool'),
      ),
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => l0Transform(config as unknown as L0Options));

export const l0 = defineMethod({
  name: NAME,
  title: 'L0, hard-concrete gates',
  summary: 'multiplies weights (or columns) by trained random gates and charges for open ones',
  reference: 'Louizos, Welling, Kingma, "Learning Sparse Neural Networks through L0 Regularization", arXiv 1712.01312',
  pruned: 'the gate (by log a, which orders alike)',
  hyperparameters: {
    lambda: nonNegative({ weight: 0.1, unit: 0.01 }, 'cost of an open gate, divided by `images`'),
    initial: openFraction(0.001, 'probability at the start that a gate is closed'),
    images: positiveInteger(50_000, 'size of the training set that the cost is divided by'),
  },
  create: ({ lambda, initial, images }, { granularity, seed }) =>
    l0Transform({ lambda, initialDropRate: initial, trainingImages: images, granularity, seed }),
});
