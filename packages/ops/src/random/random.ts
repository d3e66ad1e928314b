import type * as tf from '@tensorflow/tfjs';
import { checkInteger, checkKeys } from '../arguments.js';
import { philox4x32, seedToKey } from '../philox.js';
import { runKernel } from '../run-kernel.js';

/** Names of the kernels in tfjs's registry. */
export const RANDOM_UNIFORM = 'WinnowRandomUniform';
export const RANDOM_NORMAL = 'WinnowRandomNormal';

/** Everything that a draw depends on. */
export interface RandomOptions {
  /** An integer in [0, 2⁵³). */
  seed: number;
  /** Training step, an integer in [0, 2³¹). */
  step: number;
  /** Distinguishes the streams of one step, an integer in [0, 2³²); see `kernelIdOf`. Default 0. */
  stream?: number;
}

/**
 * Attributes of the registered kernels: two seed words in [0, 2³¹), as TensorFlow's stateless random operations expect.
 */
export interface RandomAttributes {
  shape: number[];
  words: [number, number];
}

/**
 * Uniform numbers in [0, 1), multiples of 2⁻²³. They depend only on seed, step and stream, and are equal on every
 * backend and machine and for any number of threads. The generator is TensorFlow's stateless Philox; its key is the
 * Philox block of (step, stream) under the seed.
 *
 * @returns float32 of the given shape
 * @throws TypeError or RangeError for an option out of range
 */
export function randomUniform(shape: readonly number[], options: RandomOptions): tf.Tensor {
  return draw('randomUniform', RANDOM_UNIFORM, shape, options);
}

/**
 * Standard normal numbers: Box–Muller of the same Philox, a function of seed, step and stream. Backends differ in the
 * last bits of logarithm and cosine.
 *
 * @returns float32 of the given shape
 * @throws TypeError or RangeError for an option out of range
 */
export function randomNormal(shape: readonly number[], options: RandomOptions): tf.Tensor {
  return draw('randomNormal', RANDOM_NORMAL, shape, options);
}

function draw(op: string, kernel: string, shape: readonly number[], options: RandomOptions): tf.Tensor {
  checkKeys(op, 'options', options, ['seed', 'step', 'stream']);
  const { seed, step, stream = 0 } = options;
  checkInteger(op, 'seed', seed, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(op, 'step', step, 0, 2 ** 31 - 1);
  checkInteger(op, 'stream', stream, 0, 2 ** 32 - 1);
  const block = new Uint32Array(4);
  philox4x32(block, [step, stream, 0, 0], seedToKey(seed));
  const words: [number, number] = [(block[0] as number) >>> 1, (block[1] as number) >>> 1];
  const attributes: RandomAttributes = { shape: [...shape], words };
  return runKernel(kernel, {}, attributes) as tf.Tensor;
}
