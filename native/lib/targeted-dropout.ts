import {
  checkBoolean,
  checkKernel,
  checkThresholds,
  checkWord,
  type Granularity,
  type MatrixSize,
  outputArray,
} from './arguments.js';
import { COIN_CODE, GRANULARITY_CODE } from './binding.js';
import { nativeBinding } from './load.js';
import { prunedCount } from './pruned-count.js';
import { checkChoice, checkFraction, checkInteger, checkKeys } from './value-checks.js';

/** What a step drops. */
export interface DropoutRates {
  /** γ, in [0, 1]: the fraction that may be dropped, of the weights of every column or of the columns. */
  targetFraction: number;
  /** α, in [0, 1]: the probability that a targeted weight (or column) is dropped. */
  dropRate: number;
  /** Default 'weight'. */
  granularity?: Granularity;
  /** For unit granularity: one draw per column (default) or per weight. */
  coin?: Granularity;
  /** Whether targeted weights that survive are multiplied by 1 / (1 − α). Default false. */
  rescale?: boolean;
  /** An integer in [0, 2^53). */
  seed: number;
  /** The training step, an integer in [0, 2^32). */
  step: number;
}

export interface TargetedDropoutOptions extends MatrixSize, DropoutRates {
  /** Tells the kernels of a network apart: an integer in [0, 2^32). Default 0. */
  kernelId?: number;
  /**
   * Where the selection was in the step before, one number per column, and where this call leaves it for the next.
   * Weights move little from step to step, so that looking there first makes the call faster at weight granularity; the
   * result is the same with any content. Begin with zeros. Default: none.
   */
  thresholds?: Int32Array;
  /** Where to write; of the kernel's length. May be the kernel itself. Default: a new array. */
  out?: Float32Array;
}

const WORD = 2 ** 32;
/** The keys of `DropoutRates`. */
export const RATES = ['targetFraction', 'dropRate', 'granularity', 'coin', 'rescale', 'seed', 'step'];

/** Of one kernel. */
const OWN = ['fanIn', 'units', 'kernelId', 'thresholds', 'out'];

/** Checks what all kernels share and puts it as the addon takes it. */
export function checkDropout(op: string, options: DropoutRates) {
  const { targetFraction, dropRate, seed, step, granularity = 'weight', coin = 'unit', rescale = false } = options;
  checkFraction(op, 'targetFraction', targetFraction);
  checkFraction(op, 'dropRate', dropRate);
  checkChoice(op, 'granularity', granularity, ['weight', 'unit']);
  checkChoice(op, 'coin', coin, ['unit', 'weight']);
  checkBoolean(op, 'rescale', rescale);
  checkInteger(op, 'seed', seed, 0, Number.MAX_SAFE_INTEGER);
  checkWord(op, 'step', step);
  return {
    granularity: GRANULARITY_CODE[granularity],
    coin: COIN_CODE[coin],
    threshold: Math.round(dropRate * 2 ** 30),
    seedLow: seed % WORD,
    seedHigh: Math.floor(seed / WORD),
    step,
    rescale,
    scale: rescale ? Math.fround(1 / (1 - dropRate)) : 1,
  };
}

/**
 * Targeted dropout of a kernel, a row-major matrix [fanIn, units]. The same seed, step and kernelId drop the same
 * weights on every machine.
 * @returns `out` or a new Float32Array, [fanIn, units]: +0 where dropped.
 * @throws {TypeError | RangeError} for a bad argument, and for a NaN in the kernel, whose index the message gives.
 */
export function targetedDropout(kernel: Float32Array, options: TargetedDropoutOptions): Float32Array {
  const op = 'targetedDropout';
  checkKeys(op, 'options', options, [...RATES, ...OWN]);
  const { fanIn, units, targetFraction, kernelId = 0 } = options;
  checkKernel(op, kernel, options);
  const { granularity, coin, threshold, seedLow, seedHigh, step, rescale, scale } = checkDropout(op, options);
  checkWord(op, 'kernelId', kernelId);
  const thresholds = checkThresholds(op, options.thresholds, units);
  const out = outputArray(op, options.out, Float32Array, kernel);
  nativeBinding().targetedDropout(
    kernel,
    fanIn,
    units,
    granularity,
    coin,
    prunedCount(targetFraction, granularity === GRANULARITY_CODE.weight ? fanIn : units),
    threshold,
    seedLow,
    seedHigh,
    kernelId,
    step,
    rescale,
    scale,
    thresholds,
    out,
  );
  return out;
}
