import '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { beforeAll, describe } from 'vitest';

/** Runs a suite once per backend: an operation means the same on each. */
export function onEveryBackend(name: string, suite: (backend: 'tensorflow' | 'cpu') => void): void {
  for (const backend of ['tensorflow', 'cpu'] as const) {
    describe(`${name} on ${backend}`, () => {
      beforeAll(() => {
        tf.setBackend(backend);
      });
      suite(backend);
    });
  }
}

/** A float32 tensor from bit patterns. */
export function fromBits(bits: readonly number[], shape: number[]): tf.Tensor {
  return tf.tensor(new Float32Array(new Uint32Array(bits).buffer), shape, 'float32');
}

/** The bit patterns of a float32 tensor. */
export function bitsOf(tensor: tf.Tensor): number[] {
  return [...new Uint32Array(new Float32Array(tensor.dataSync()).buffer)];
}

/** A kernel of standard normal weights. */
export function normalKernel(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}
