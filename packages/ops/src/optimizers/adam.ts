import * as tf from '@tensorflow/tfjs';
import { assignAll, checkForget, checkStep, runStep } from './checked-step.js';
import type { Optimizer, OptimizerOptions } from './optimizer.js';
import { checkDecay, checkOptions, checkPositive, checkRate, decayConfig, decayFactors } from './settings.js';
import { restoreSlots, Slots } from './slots.js';
import { type FusedOptimizer, rateAndOptions, tfOptimizerClass } from './tf-optimizer.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const ADAM_STEP = 'WinnowAdamStep';

/** Attributes of the registered kernel. Its inputs are `count` variables, their gradients, means and squares. */
export interface AdamStepAttributes {
  count: number;
  /** learningRate / (1 − β₁ᵗ) */
  stepSize: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** 1 / √(1 − β₂ᵗ) */
  rootScale: number;
  clipNorm: number;
  /** Two factors per variable, see `decayFactors`. */
  decay: readonly number[];
}

/** Options of `adam`. With `decoupled` (default false) it is AdamW. */
export interface AdamOptions extends OptimizerOptions {
  /** β₁, in [0, 1). Default 0.9. */
  beta1?: number;
  /** β₂, in [0, 1). Default 0.999. */
  beta2?: number;
  /** ε, in [0, ∞). Default 1e-8. */
  epsilon?: number;
}

const STEP = 'step';

/**
 * Adam, or AdamW with `decoupled`. g is the clipped gradient, plus weightDecay · w unless `decoupled`; t counts steps
 * from 1:
 *
 *     m ← m + (1 − β₁)(g − m)     v ← β₂ v + (1 − β₂) g²
 *     w ← w − learningRate / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * This equals PyTorch's. AdamW first multiplies w by 1 − learningRate · weightDecay.
 *
 * State: `mean/<variable>`, `square/<variable>`, and `step`, an int32 scalar.
 *
 * It is also a `tf.Optimizer`: `model.compile({ optimizer: adam(1e-3), loss })`. Only that use needs the learning rate;
 * `train` and `trainTask` pass one to each step.
 *
 * The learning rate is for `compile` and `minimize`, ≥ 0; also accepted as the option `learningRate`.
 *
 * @throws RangeError or TypeError for an option out of range, or one that does not exist
 * @see Kingma and Ba, arXiv 1412.6980; Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101
 */
export function adam(options?: AdamOptions): FusedOptimizer;
export function adam(learningRate: number, options?: AdamOptions): FusedOptimizer;
export function adam(first?: number | AdamOptions, second?: AdamOptions): FusedOptimizer {
  const op = 'adam';
  const [learningRate, options] = rateAndOptions(op, first, second);
  checkOptions(op, options, ['beta1', 'beta2', 'epsilon']);
  const beta1 = checkRate(op, 'beta1', options.beta1 ?? 0.9);
  const beta2 = checkRate(op, 'beta2', options.beta2 ?? 0.999);
  const epsilon = checkPositive(op, 'epsilon', options.epsilon ?? 1e-8);
  const decay = checkDecay(op, options, false);
  const means = new Slots('mean');
  const squares = new Slots('square');
  let steps = 0;
  let stepTensor: tf.Tensor | undefined;
  const forgetStepTensor = () => {
    stepTensor?.dispose();
    stepTensor = undefined;
  };
  const rule: Optimizer = {
    name: decay.decoupled ? 'adamw' : op,
    step(variables, gradients, learningRate) {
      checkStep(op, variables, gradients, learningRate);
      const t = steps + 1;
      const attributes: AdamStepAttributes = {
        count: variables.length,
        stepSize: learningRate / (1 - beta1 ** t),
        beta1,
        beta2,
        epsilon,
        rootScale: 1 / Math.sqrt(1 - beta2 ** t),
        clipNorm: decay.clipNorm,
        decay: decayFactors(decay, variables, learningRate),
      };
      if (variables.length > 0) {
        tf.tidy(() => {
          const lists = [variables, gradients, means.of(op, variables), squares.of(op, variables)];
          const [values, newMeans, newSquares] = runStep(ADAM_STEP, lists, attributes) as [
            tf.Tensor[],
            tf.Tensor[],
            tf.Tensor[],
          ];
          assignAll(variables, values);
          for (const [i, { name }] of variables.entries()) {
            means.set(name, newMeans[i] as tf.Tensor);
            squares.set(name, newSquares[i] as tf.Tensor);
          }
        });
      }
      steps = t;
      forgetStepTensor();
    },
    forget(variable, entries) {
      checkForget(op, variable, entries);
      for (const slots of [means, squares]) slots.clear(variable.name, entries);
    },
    state() {
      stepTensor ??= tf.keep(tf.scalar(steps, 'int32'));
      return new Map([...means.entries(), ...squares.entries(), [STEP, stepTensor]]);
    },
    restore(state) {
      const step: unknown = state instanceof Map ? state.get(STEP) : undefined;
      const restored = step instanceof tf.Tensor && step.size === 1 ? (step.dataSync()[0] as number) : Number.NaN;
      if (!Number.isInteger(restored) || restored < 0) {
        throw new RangeError(`${op}: state '${STEP}' must be an integer of at least 0, got ${step}`);
      }
      restoreSlots(op, state, [means, squares], [STEP]);
      steps = restored;
      forgetStepTensor();
    },
    dispose() {
      means.dispose();
      squares.dispose();
      steps = 0;
      forgetStepTensor();
    },
  };
  return asTfOptimizer(rule, learningRate, { beta1, beta2, epsilon, ...decayConfig(decay) }, options.decayed);
}

const asTfOptimizer = tfOptimizerClass('WinnowAdam', (config) => adam(config));
