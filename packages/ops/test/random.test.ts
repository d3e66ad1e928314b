import { randomNormal, randomUniform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from './backends.js';

const options = { seed: 2 ** 40 + 7, step: 5, stream: 3_000_000_000 };
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

onEveryBackend('random numbers', () => {
  it('are a function of seed, step and stream', () => {
    const draw = (change: object) => [...randomUniform([10, 7], { ...options, ...change }).dataSync()];
    expect(draw({})).toEqual(draw({}));
    for (const change of [{ seed: 1 }, { step: 6 }, { stream: 0 }]) expect(draw(change)).not.toEqual(draw({}));
  });

  it('have the moments of their distributions within 4 sigma', () => {
    const n = 40_000;
    const uniform = [...randomUniform([n], options).dataSync()];
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n));
    expect(Math.abs(mean(uniform.map((u) => u ** 2)) - 1 / 3)).toBeLessThan((4 * Math.sqrt(4 / 45)) / Math.sqrt(n));
    expect(uniform.every((u) => u >= 0 && u < 1)).toBe(true);
    const normal = [...randomNormal([n], options).dataSync()];
    expect(Math.abs(mean(normal))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(mean(normal.map((z) => z ** 2)) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(mean(normal.map((z) => z ** 4)) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });

  it('fill shapes that are empty, odd or scalar, and leave no tensor behind', () => {
    const before = tf.memory().numTensors;
    for (const shape of [[], [0, 3], [1], [5], [3, 3, 2]]) {
      const drawn = randomNormal(shape, options);
      expect(drawn.shape).toEqual(shape);
      expect(drawn.dataSync()).toHaveLength(drawn.size);
      drawn.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuse arguments out of range by name', () => {
    expect(() => randomUniform([1], { ...options, step: -1 })).toThrow(
      'randomUniform: step must be an integer in [0, 2147483647], got -1',
    );
    expect(() => randomNormal([1], { ...options, seed: 0.5 })).toThrow('randomNormal: seed must be an integer');
  });
});

describe('random numbers of both backends', () => {
  it('are equal bit for bit if uniform, and to rounding if normal', () => {
    const draw = (backend: string, of: typeof randomUniform) => {
      tf.setBackend(backend);
      return [...of([1001], options).dataSync()];
    };
    expect(draw('cpu', randomUniform)).toEqual(draw('tensorflow', randomUniform));
    const expected = draw('tensorflow', randomNormal);
    for (const [i, value] of draw('cpu', randomNormal).entries()) expect(value).toBeCloseTo(expected[i] as number, 4);
  });
});
