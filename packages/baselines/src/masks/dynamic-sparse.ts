import * as tf from '@tensorflow/tfjs';
import type { SteppedKernel, WeightTransform } from '@winnow/ops';
import { checkChoice, checkFraction, checkInteger } from '@winnow/ops/arguments';
import type { Allocation } from './allocation.js';
import { masked } from './masked.js';
import { randomMask } from './random-masks.js';

/** What methods are asked for that train with a sparse network from the first step on and move its mask. */
export interface DynamicSparseOptions {
  /** Of the whole network, in [0, 1]. */
  sparsity: number;
  /** Steps between two renewals of the masks, ≥ 1. Default 100. */
  interval?: number;
  /** Step from which on the masks stay, ≥ 1. */
  endStep: number;
  /** Share of the kept weights that the first renewal replaces, in [0, 1]. Default 0.3. */
  fraction?: number;
  /** How the sparsity is spread over the kernels. Default `'erk'`. */
  allocation?: Allocation;
  /** Default 0. */
  seed?: number;
}

/** The checked options with their defaults. @throws RangeError or TypeError if one is out of range */
export function dynamicSparseOptions(op: string, options: DynamicSparseOptions): Required<DynamicSparseOptions> {
  return {
    sparsity: checkFraction(op, 'sparsity', options?.sparsity),
    interval: checkInteger(op, 'interval', options.interval ?? 100, 1, 2 ** 31 - 1),
    endStep: checkInteger(op, 'endStep', options.endStep, 1, 2 ** 31 - 1),
    fraction: checkFraction(op, 'fraction', options.fraction ?? 0.3),
    allocation: checkChoice(op, 'allocation', options.allocation ?? 'erk', ['uniform', 'erk'] as const),
    seed: checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER),
  };
}

/**
 * A sparse network whose masks are renewed every `interval` steps until `endStep`; in between they cost one product a kernel.
 *
 * @param renew changes a kernel's mask and weights
 */
export function dynamicSparse(
  name: string,
  options: Required<DynamicSparseOptions>,
  scope: 'column' | 'layer',
  renew: (step: number, path: string, kernel: SteppedKernel) => void,
): Omit<WeightTransform, 'getConfig'> & { isRenewal(step: number): boolean } {
  const { interval, endStep } = options;
  const isRenewal = (step: number) => step > 0 && step < endStep && step % interval === 0;
  return {
    ...masked(name),
    name,
    // A sparsity that holds over the network is pruned over the network: a layer's own share is not the network's.
    pruningScope: options.allocation === 'erk' ? 'global' : scope,
    isRenewal,
    variables: (request) => ({ mask: { initial: tf.tidy(() => randomMask(request, { ...options, scope })) } }),
    afterStep(step, kernels) {
      if (isRenewal(step)) for (const [path, kernel] of kernels) renew(step, path, kernel);
    },
  };
}
