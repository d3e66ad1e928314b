import { readFileSync } from 'node:fs';
import { tf } from '@winnow/tensorflow';
import { expect } from 'vitest';

export interface MaskCase {
  shape: number[];
  w: number[];
  g: number[];
  mask: number[];
  share: number;
  renewed: number[];
}

/** Numbers of an independent implementation: golden/methods.py. */
export const golden = JSON.parse(readFileSync(new URL('./golden/methods.json', import.meta.url), 'utf8')) as {
  l0: Record<'logA' | 'uniform' | 'gate' | 'gradient' | 'evaluation' | 'open', number[]>;
  variational: Record<'w' | 'logVariance' | 'logAlpha' | 'divergence' | 'gradientW' | 'gradientLogVariance', number[]>;
  localReparameterisation: (Record<'x' | 'w' | 'logVariance' | 'mean' | 'variance', number[]> & {
    kind: 'dense' | 'conv';
  })[];
  smallify: { first: number[]; rows: Record<'switch' | 'mean' | 'variance' | 'mask', number[]>[] };
  cubic: { step: number; value: number }[];
  erk: { shapes: number[][]; sparsity: number; sparsities: number[] }[];
  rigl: MaskCase[];
  srigl: (MaskCase & { minimum: number; columns: number })[];
  twoFour: Record<'w' | 'mask' | 'dy' | 'gradient', number[]>;
};

/** The values of a tensor are these, to a relative and absolute tolerance. */
export function expectClose(tensor: tf.Tensor, expected: readonly number[], tolerance = 1e-5): void {
  const values = [...tensor.dataSync()];
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of values.entries()) {
    const wanted = expected[i] as number;
    if (Math.abs(value - wanted) > tolerance * Math.max(1, Math.abs(wanted))) {
      expect.fail(`at ${i}: ${value} is not ${wanted}`);
    }
  }
}

/** The gradient of a function of a vector agrees with central differences. */
export function expectGradient(of: (x: tf.Tensor) => tf.Tensor, at: tf.Tensor, tolerance = 2e-2, delta = 1e-2): void {
  const gradient = [
    ...tf
      .grad((x) => tf.sum(of(x)))(at)
      .dataSync(),
  ];
  const values = [...at.dataSync()];
  for (const [i, slope] of gradient.entries()) {
    const shifted = (by: number) =>
      tf.tidy(() => {
        const moved = values.map((value, j) => (i === j ? value + by : value));
        return tf.sum(of(tf.tensor(moved, at.shape))).dataSync()[0] as number;
      });
    const difference = (shifted(delta) - shifted(-delta)) / (2 * delta);
    if (Math.abs(slope - difference) > tolerance * Math.max(1, Math.abs(difference))) {
      expect.fail(`gradient ${slope} at ${i} is not ${difference}`);
    }
  }
}

export const scalar = (step: number): tf.Scalar => tf.scalar(step, 'int32');
