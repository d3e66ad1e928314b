/** Plain JavaScript versions of TensorFlow's stateless random operations. */

import type * as tf from '@tensorflow/tfjs';
import type { CpuBackend } from '../backends.js';
import { philox4x32 } from '../philox.js';
import { RANDOM_NORMAL, RANDOM_UNIFORM, type RandomAttributes } from './random.js';

/** The key with which TensorFlow scrambles a seed into the generator's key and upper counter words. */
const SCRAMBLE_KEY: readonly [number, number] = [0x3ec8f720, 0x02461e29];

/** TensorFlow fills a 23-bit mantissa in [1, 2) and subtracts one. */
const uniform = (word: number) => (word & 0x7fffff) * 2 ** -23;

/** Lower bound for the argument of the logarithm, which must not be zero. */
const SMALLEST = 1e-7;

/** Box–Muller from two words, rounded to float32 where TensorFlow computes in float32. */
function normals(word0: number, word1: number): [number, number] {
  const u = Math.max(Math.fround(uniform(word0)), Math.fround(SMALLEST));
  const angle = Math.fround(Math.fround(2 * Math.PI) * Math.fround(uniform(word1)));
  const radius = Math.fround(Math.sqrt(Math.fround(-2 * Math.fround(Math.log(u)))));
  return [Math.fround(Math.sin(angle)) * radius, Math.fround(Math.cos(angle)) * radius];
}

function statelessKernel(
  kernelName: string,
  convert: (out: Float32Array, at: number, words: Uint32Array) => void,
): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'cpu',
    kernelFunc({ backend, attrs }) {
      const { shape, words } = attrs as unknown as RandomAttributes;
      const size = shape.reduce((product, axis) => product * axis, 1);
      const block = new Uint32Array(4);
      philox4x32(block, [words[0], 0, words[1], 0], SCRAMBLE_KEY);
      const [key0, key1, upper0, upper1] = block as unknown as [number, number, number, number];
      const values = new Float32Array(Math.ceil(size / 4) * 4);
      for (let group = 0; group * 4 < size; group++) {
        philox4x32(block, [group, 0, upper0, upper1], [key0, key1]);
        convert(values, group * 4, block);
      }
      return (backend as CpuBackend).makeTensorInfo(shape, 'float32', values.subarray(0, size).slice());
    },
  };
}

export const randomUniformCpu = statelessKernel(RANDOM_UNIFORM, (out, at, words) => {
  for (let i = 0; i < 4; i++) out[at + i] = uniform(words[i] as number);
});

export const randomNormalCpu = statelessKernel(RANDOM_NORMAL, (out, at, words) => {
  out.set(normals(words[0] as number, words[1] as number), at);
  out.set(normals(words[2] as number, words[3] as number), at + 2);
});
