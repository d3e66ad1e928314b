import { type NetworkKernel, targetedDropout, targetedDropoutAll } from '@winnow/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtAddon, toBits } from './support.js';

beforeAll(builtAddon);

const shapes = [
  [1000, 40],
  [3, 5],
  [0, 4],
  [27, 16],
  [1500, 100],
] as const;

const network = (): NetworkKernel[] =>
  shapes.map(([fanIn, units], kernelId) => ({
    kernel: Float32Array.from({ length: fanIn * units }, (_, i) => Math.sin(i * (kernelId + 1) + kernelId)),
    fanIn,
    units,
    kernelId,
  }));

const options = { targetFraction: 0.7, dropRate: 0.5, seed: 2 ** 40 + 3, step: 5 };

describe('targetedDropoutAll', () => {
  it.each([
    {},
    { rescale: true },
    { granularity: 'unit' as const },
    { granularity: 'unit' as const, coin: 'weight' as const },
  ])('equals one call for each: %o', (variant) => {
    const outputs = targetedDropoutAll(network(), { ...options, ...variant });
    for (const [i, { kernel, ...entry }] of network().entries()) {
      expect(toBits(outputs[i]!)).toBe(toBits(targetedDropout(kernel, { ...entry, ...options, ...variant })));
    }
  });

  it('writes into given arrays, in place, and steps on from its thresholds', () => {
    const expected = targetedDropoutAll(network(), options).map(toBits);
    const thresholds = shapes.map(([, units]) => new Int32Array(units));
    for (let step = 0; step < 3; step++) {
      const kernels = network().map((entry, i) => ({ ...entry, out: entry.kernel, thresholds: thresholds[i]! }));
      const outputs = targetedDropoutAll(kernels, options);
      expect(outputs.map(toBits)).toEqual(expected);
      expect(outputs[0]).toBe(kernels[0]!.kernel);
      expect(thresholds[0]!.every((threshold) => threshold > 0)).toBe(true);
    }
    expect(targetedDropoutAll([], options)).toEqual([]);
  });

  it('names the kernel and the argument that is wrong', () => {
    const call = (change: object, at = 1) => {
      const kernels = network();
      kernels[at] = { ...kernels[at]!, ...change };
      return () => targetedDropoutAll(kernels, options);
    };
    expect(call({ units: 4 })).toThrow(
      'targetedDropoutAll: kernels[1]: kernel must have length fanIn × units = 3 × 4 = 12, got 15',
    );
    expect(call({ kernelId: -1 })).toThrow(
      'targetedDropoutAll: kernels[1]: kernelId must be an integer in [0, 4294967295], got -1',
    );
    expect(call({ thresholds: new Int32Array(3) })).toThrow(
      'targetedDropoutAll: kernels[1]: thresholds must have length units = 5, got 3',
    );
    expect(call({ kernel: new Float32Array(432).fill(Number.NaN) }, 3)).toThrow(
      'targetedDropoutAll: kernels[3]: kernel must not contain NaN, got NaN at index 0',
    );
    expect(() => targetedDropoutAll({} as NetworkKernel[], options)).toThrow(
      new TypeError('targetedDropoutAll: kernels must be an array, got Object'),
    );
    expect(() => targetedDropoutAll([], { ...options, dropRate: 2 })).toThrow(
      'targetedDropoutAll: dropRate must be in [0, 1], got 2',
    );
  });
});
