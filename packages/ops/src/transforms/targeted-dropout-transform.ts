import type * as tf from '@tensorflow/tfjs';
import { checkInteger } from '../arguments.js';
import { kernelIdOf } from '../philox.js';
import { type TargetedDropoutOptions, targetedDropout } from '../targeted-dropout/targeted-dropout.js';
import { targetedDropoutAll } from '../targeted-dropout-all/targeted-dropout-all.js';
import { topKMask } from '../topk-mask/topk-mask.js';
import { registerTransform, type WeightTransform } from '../weight-transform.js';

const NAME = 'targeted-dropout';

/** Hyperparameters of training with targeted dropout. */
export interface TargetedDropoutTransformOptions
  extends Omit<TargetedDropoutOptions, 'step' | 'kernelId' | 'seed' | 'name'> {
  /** Philox key of all masks, an integer in [0, 2⁵³). Default 0. */
  seed?: number;
  /**
   * Ramping: T ≥ 1 in steps. γ rises to 95 % of its value at T and to all of it at 2T, α linearly until 2T. Without it
   * both are constant. The paper uses T ≈ 20,000 steps of batch 128 (49 of 256 epochs); scale it with your run.
   */
  rampSteps?: number;
}

/** γ and α at one step. */
export interface TargetedDropoutRates {
  targetFraction: number;
  dropRate: number;
}

/**
 * Ramping targeted dropout: γ(t) = γ·(0.95·min(1, t/T) + 0.05·clip((t−T)/T, 0, 1)), α(t) = α·min(1, t/2T).
 *
 * @see arXiv 1905.13678, section 5.2, and its reference code
 */
export function rampedRates(
  rates: TargetedDropoutRates,
  rampSteps: number | undefined,
  step: number,
): TargetedDropoutRates {
  if (rampSteps === undefined) return rates;
  const first = Math.min(1, step / rampSteps);
  const second = Math.min(1, Math.max(0, (step - rampSteps) / rampSteps));
  return {
    targetFraction: Math.min(rates.targetFraction, rates.targetFraction * (0.95 * first + 0.05 * second)),
    dropRate: rates.dropRate * Math.min(1, step / (2 * rampSteps)),
  };
}

/**
 * Targeted dropout as a weight transform: drops in training, leaves the kernel alone otherwise (pruning is a step of its own).
 *
 * @throws RangeError or TypeError if an option is out of range, as `targetedDropout`; `rampSteps` must be ≥ 1
 */
export function targetedDropoutTransform(options: TargetedDropoutTransformOptions): WeightTransform {
  const { rampSteps, seed = 0, ...rest } = options;
  if (rampSteps !== undefined) checkInteger('targetedDropoutTransform', 'rampSteps', rampSteps, 1, 2 ** 31 - 1);
  // A trial call, so that a bad option fails here and not in the first step.
  targetedDropout([[0]], { ...rest, seed, step: 0 }).dispose();
  const optionsAt = (step: tf.Scalar) => {
    const stepNumber = step.dataSync()[0] as number;
    return { ...rest, ...rampedRates(rest, rampSteps, stepNumber), seed, step: stepNumber };
  };
  const thresholdsOf = thresholdMemory();
  return {
    name: NAME,
    apply(kernel, { path, step, training }) {
      if (!training) return kernel;
      return targetedDropout(kernel, { ...optionsAt(step), kernelId: kernelIdOf(path), name: path });
    },
    prepare: (kernels, { step }) =>
      targetedDropoutAll(kernels, { ...optionsAt(step), thresholds: thresholdsOf(kernels) }),
    targetMask: (kernel, { path }) =>
      topKMask(kernel, { sparsity: rest.targetFraction, granularity: rest.granularity ?? 'weight', name: path }),
    getConfig: () => ({ ...options }),
  };
}

/** The thresholds of the last step for every network that a transform serves: what makes a step fast, never what it gives. */
function thresholdMemory(): (kernels: ReadonlyMap<string, tf.Tensor>) => Int32Array {
  const memory = new Map<string, Int32Array>();
  return (kernels) => {
    const network = [...kernels].map(([path, { shape }]) => `${path}:${shape}`).join();
    let thresholds = memory.get(network);
    if (thresholds === undefined) {
      const columns = [...kernels.values()].reduce((sum, { shape }) => sum + (shape.at(-1) ?? 0), 0);
      thresholds = new Int32Array(columns);
      memory.set(network, thresholds);
    }
    return thresholds;
  };
}

registerTransform(NAME, (config) => targetedDropoutTransform(config as unknown as TargetedDropoutTransformOptions));
