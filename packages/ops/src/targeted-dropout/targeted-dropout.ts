import * as tf from '@tensorflow/tfjs';
import { prunedCount } from '@winnow/native/pruned-count';
import { checkChoice, checkFraction, checkGranularity, checkInteger, checkKeys } from '../arguments.js';
import { floatKernel, kernelLabel } from '../float-kernel.js';
import { type Granularity, kernelMatrix, rankedCount } from '../kernel-matrix.js';
import { seedToKey } from '../philox.js';
import { runKernel } from '../run-kernel.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const TARGETED_DROPOUT = 'WinnowTargetedDropout';

/** Options of a step that are the same for every kernel. */
export interface DropoutOptions {
  /** γ in [0, 1]: the ⌊γ · fanIn⌋ lowest weights of every column (or ⌊γ · units⌋ columns) are targeted. */
  targetFraction: number;
  /** α in [0, 1]: the probability of setting a targeted entry to zero (with a resolution of 2⁻³⁰). */
  dropRate: number;
  /** What to rank and drop. Default `'weight'`. */
  granularity?: Granularity;
  /**
   * For granularity `'unit'`: one coin per targeted column (default), or one per weight in it, as in the paper's code.
   */
  coin?: 'unit' | 'weight';
  /**
   * Whether to multiply targeted weights that survive by 1/(1−α), as tensor2tensor does. Default false, as in the
   * paper's code.
   */
  rescale?: boolean;
  /** Philox key, an integer in [0, 2⁵³). */
  seed: number;
  /** Training step, an integer in [0, 2³¹). Every step draws another mask. */
  step: number;
}

/** Options of `targetedDropout`. */
export interface TargetedDropoutOptions extends DropoutOptions {
  /** Distinguishes the kernels of a network, an integer in [0, 2³²); see `kernelIdOf`. Default 0. */
  kernelId?: number;
  /** Name of the kernel in messages, such as its path in a model. */
  name?: string;
}

/** The options of a step in the form that every backend takes. */
export interface DropoutAttributes {
  threshold: number;
  key: [number, number];
  step: number;
  scale: number;
  granularity: Granularity;
  coin: 'unit' | 'weight';
  rescale: boolean;
}

/** Attributes of the registered kernel. All are integers, so that every backend sees the same values. */
export interface TargetedDropoutAttributes extends DropoutAttributes {
  fanIn: number;
  units: number;
  count: number;
  kernelId: number;
  label: string;
}

const KEYS = ['targetFraction', 'dropRate', 'granularity', 'coin', 'rescale', 'seed', 'step'] as const;

/**
 * @param own the options that only this operation has
 * @throws RangeError or TypeError naming the option that is out of range or does not exist
 */
export function checkDropout(
  op: string,
  options: DropoutOptions,
  own: readonly string[],
): DropoutAttributes & { targetFraction: number } {
  checkKeys(op, 'options', options ?? {}, [...KEYS, ...own]);
  const targetFraction = checkFraction(op, 'targetFraction', options?.targetFraction);
  const dropRate = checkFraction(op, 'dropRate', options.dropRate);
  const granularity = checkGranularity(op, options.granularity ?? 'weight');
  const coin = checkChoice(op, 'coin', options.coin ?? 'unit', ['unit', 'weight']);
  const rescale = options.rescale ?? false;
  if (typeof rescale !== 'boolean') throw new TypeError(`${op}: rescale must be a boolean, got ${rescale}`);
  const seed = checkInteger(op, 'seed', options.seed, 0, Number.MAX_SAFE_INTEGER);
  return {
    targetFraction,
    threshold: Math.round(dropRate * 2 ** 30),
    key: seedToKey(seed),
    step: checkInteger(op, 'step', options.step, 0, 2 ** 31 - 1),
    scale: rescale && dropRate < 1 ? Math.fround(1 / (1 - dropRate)) : 1,
    granularity,
    coin,
    rescale,
  };
}

/**
 * Targeted dropout of a kernel: ranks its weights by |w| in every column (or its columns by L2 norm) and sets each of
 * the lowest fraction γ to zero with probability α. The expected kept fraction is 1 − γα. The same seed, step and
 * kernelId give the same mask on every backend and machine. The gradient is zero for dropped weights and the incoming
 * gradient for others.
 *
 * @param kernel float32 `[…, units]`, rank ≥ 1
 * @returns float32 tensor of the kernel's shape
 * @throws RangeError if an option is out of range or the kernel contains NaN
 * @throws TypeError if `kernel` is not float32 or an option is not a number
 * @see Gomez et al., "Learning Sparse Networks Using Targeted Dropout", arXiv 1905.13678, section 3
 */
export function targetedDropout(kernel: tf.Tensor | tf.TensorLike, options: TargetedDropoutOptions): tf.Tensor {
  const op = 'targetedDropout';
  const { targetFraction, ...common } = checkDropout(op, options, ['kernelId', 'name']);
  const kernelId = checkInteger(op, 'kernelId', options.kernelId ?? 0, 0, 2 ** 32 - 1);
  return tf.tidy(() => {
    const $kernel = floatKernel(op, kernel);
    const matrix = kernelMatrix(op, $kernel.shape);
    const attributes: TargetedDropoutAttributes = {
      ...common,
      ...matrix,
      count: prunedCount(targetFraction, rankedCount(matrix, common.granularity)),
      kernelId,
      label: kernelLabel(op, options.name),
    };
    const outputs = runKernel(TARGETED_DROPOUT, { kernel: $kernel }, attributes) as tf.Tensor[];
    return outputs[0] as tf.Tensor;
  });
}
