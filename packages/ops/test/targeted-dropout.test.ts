import { targetedDropout, topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { bitsOf, normalKernel, onEveryBackend } from './backends.js';

const base = { targetFraction: 0.75, dropRate: 0.5, seed: 7, step: 3 };

onEveryBackend('targetedDropout', () => {
  it('drops only targeted weights and passes the rest unchanged', () => {
    const kernel = normalKernel([40, 6], 1);
    const output = targetedDropout(kernel, base);
    const untargeted = topKMask(kernel, { sparsity: base.targetFraction }).dataSync();
    const [before, after] = [kernel.dataSync(), output.dataSync()];
    let dropped = 0;
    for (let i = 0; i < before.length; i++) {
      if (after[i] === 0) dropped++;
      else expect(after[i]).toBe(before[i]);
      if (untargeted[i]) expect(after[i]).toBe(before[i]);
    }
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(0.75 * before.length);
  });

  it.each(['weight', 'unit'] as const)('drops a fraction γα within 4σ over many seeds: %s', (granularity) => {
    const [fanIn, units, seeds] = granularity === 'weight' ? [60, 5, 60] : [3, 100, 80];
    const kernel = normalKernel([fanIn, units], 2);
    const { targetFraction, dropRate } = { targetFraction: 0.5, dropRate: 0.3 };
    const perDraw = granularity === 'weight' ? fanIn * units * targetFraction : units * targetFraction;
    let dropped = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const output = targetedDropout(kernel, { targetFraction, dropRate, granularity, seed, step: seed * 11 });
      const zeros = output.dataSync().filter((weight) => weight === 0).length;
      dropped += granularity === 'weight' ? zeros : zeros / fanIn;
      output.dispose();
    }
    const trials = perDraw * seeds;
    const sigma = Math.sqrt(trials * dropRate * (1 - dropRate));
    expect(Math.abs(dropped - trials * dropRate)).toBeLessThan(4 * sigma);
  });

  it('drops nothing at α = 0 or γ = 0, all targeted at α = 1, everything at γ = α = 1', () => {
    const kernel = normalKernel([10, 4], 3);
    const bits = bitsOf(kernel);
    expect(bitsOf(targetedDropout(kernel, { ...base, dropRate: 0 }))).toEqual(bits);
    expect(bitsOf(targetedDropout(kernel, { ...base, targetFraction: 0, dropRate: 1 }))).toEqual(bits);
    const masked = tf.where(topKMask(kernel, { sparsity: 0.75 }), kernel, tf.zerosLike(kernel));
    expect(bitsOf(targetedDropout(kernel, { ...base, dropRate: 1 }))).toEqual(bitsOf(masked));
    expect(bitsOf(targetedDropout(kernel, { ...base, targetFraction: 1, dropRate: 1 }))).toEqual(bits.map(() => 0));
  });

  it('draws the same mask for the same seed, step and kernel, and another mask otherwise', () => {
    const kernel = normalKernel([50, 8], 4);
    const draw = (change: object) => bitsOf(targetedDropout(kernel, { ...base, ...change }));
    expect(draw({})).toEqual(draw({}));
    for (const change of [{ seed: 8 }, { step: 4 }, { kernelId: 1 }, { seed: 7 + 2 ** 32 }]) {
      expect(draw(change)).not.toEqual(draw({}));
    }
  });

  it('drops whole columns at unit granularity, single weights in them with coin weight', () => {
    const kernel = normalKernel([30, 12], 5);
    const columns = (coin: 'unit' | 'weight') => {
      const output = targetedDropout(kernel, { ...base, granularity: 'unit', coin });
      const zeros = tf.sum(tf.cast(tf.equal(output, 0), 'int32'), 0).dataSync();
      return [...zeros];
    };
    expect(columns('unit').every((zeros) => zeros === 0 || zeros === 30)).toBe(true);
    const mixed = columns('weight').filter((zeros) => zeros > 0);
    expect(mixed).toHaveLength(9);
    expect(mixed.some((zeros) => zeros < 30)).toBe(true);
  });

  it.each([
    { granularity: 'weight' as const },
    { granularity: 'unit' as const },
    { granularity: 'unit' as const, coin: 'weight' as const },
  ])('has the mask times dy as its gradient, rescaled or not: %o', (variant) => {
    const kernel = normalKernel([17, 9], 6);
    const dy = normalKernel([17, 9], 7);
    for (const rescale of [false, true]) {
      const options = { ...base, ...variant, rescale };
      const gradient = tf.grad((w) => targetedDropout(w, options))(kernel, dy);
      // The derivative of w ↦ m·w is m, which is the output for w divided by w.
      const factor = tf.div(targetedDropout(kernel, options), kernel);
      const [actual, expected] = [gradient.dataSync(), tf.mul(factor, dy).dataSync()];
      for (let i = 0; i < actual.length; i++) expect(actual[i]).toBeCloseTo(expected[i] as number, 5);
      const factors = new Set([...factor.dataSync()].map((value) => Math.round(value * 1000) / 1000));
      expect(factors).toEqual(new Set(rescale ? [0, 1, 2] : [0, 1]));
    }
  });

  it('agrees with finite differences', () => {
    const kernel = normalKernel([6, 3], 8);
    const loss = (w: tf.Tensor) => tf.sum(tf.square(targetedDropout(w, base))) as tf.Scalar;
    const gradient = tf.grad(loss)(kernel).dataSync();
    const weights = kernel.dataSync().slice();
    // Steps small enough not to change the ranking.
    const h = 1e-3;
    for (let i = 0; i < weights.length; i++) {
      const at = (delta: number) => {
        const moved = weights.slice();
        moved[i] = (moved[i] as number) + delta;
        return loss(tf.tensor(moved, [6, 3])).dataSync()[0] as number;
      };
      expect((at(h) - at(-h)) / (2 * h)).toBeCloseTo(gradient[i] as number, 1);
    }
  });

  it('accepts empty kernels', () => {
    for (const shape of [[0, 4], [4, 0], [0]]) {
      expect(targetedDropout(tf.zeros(shape), base).shape).toEqual(shape);
      expect(targetedDropout(tf.zeros(shape), { ...base, granularity: 'unit' }).shape).toEqual(shape);
    }
  });

  it.each([
    [{ targetFraction: 1.1 }, 'targetedDropout: targetFraction must be in [0, 1], got 1.1'],
    [{ dropRate: -1 }, 'targetedDropout: dropRate must be in [0, 1], got -1'],
    [{ seed: 0.5 }, 'targetedDropout: seed must be an integer in [0, 9007199254740991], got 0.5'],
    [{ seed: -1 }, 'targetedDropout: seed must be an integer in [0, 9007199254740991], got -1'],
    [{ step: 2 ** 31 }, 'targetedDropout: step must be an integer in [0, 2147483647], got 2147483648'],
    [{ kernelId: 2 ** 32 }, 'targetedDropout: kernelId must be an integer in [0, 4294967295], got 4294967296'],
    [{ coin: 'x' as 'unit' }, "targetedDropout: coin must be one of 'unit', 'weight', got 'x'"],
  ])('refuses %o', (change, message) => {
    expect(() => targetedDropout([[1]], { ...base, ...change })).toThrow(message);
  });

  it('refuses NaN by name and place', () => {
    const call = () => targetedDropout([[1], [Number.NaN]], { ...base, name: 'conv2/kernel' });
    expect(call).toThrow("targetedDropout: kernel 'conv2/kernel' must not contain NaN, got NaN at index 1");
  });

  it('leaves no tensor behind', () => {
    const kernel = normalKernel([12, 4], 9);
    const before = tf.memory().numTensors;
    for (let step = 0; step < 50; step++) {
      tf.grad((w) => targetedDropout(w, { ...base, step, rescale: true }))(kernel).dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('targetedDropout', () => {
  it('gives the same bits on every backend', () => {
    const shapes = [[33, 7], [3, 3, 4, 16], [128, 65], [1, 9], [9, 1], [257]];
    const variants = [
      {},
      { rescale: true },
      { granularity: 'unit' as const },
      { granularity: 'unit' as const, coin: 'weight' as const, rescale: true },
    ];
    for (const [index, shape] of shapes.entries()) {
      for (const variant of variants) {
        const options = {
          ...base,
          ...variant,
          seed: 2 ** 40 + index,
          step: 2 ** 31 - 1,
          kernelId: 2 ** 32 - 1 - index,
        };
        const results = (['tensorflow', 'cpu'] as const).map((backend) => {
          tf.setBackend(backend);
          const kernel = normalKernel(shape, index + 1);
          const gradient = tf.grad((w) => targetedDropout(w, options))(kernel);
          return [bitsOf(kernel), bitsOf(targetedDropout(kernel, options)), bitsOf(gradient)];
        });
        expect(results[0]).toEqual(results[1]);
      }
    }
  });

  it('leaks no tensor and no native memory over 10,000 calls', () => {
    tf.setBackend('tensorflow');
    const kernel = normalKernel([288, 64], 10);
    const round = (first: number) => {
      for (let step = first; step < first + 5000; step++) {
        tf.tidy(() => void tf.grad((w) => targetedDropout(w, { ...base, step }))(kernel));
      }
      globalThis.gc?.();
      return process.memoryUsage().rss / 2 ** 20;
    };
    const tensors = tf.memory().numTensors;
    const resident = [0, 1, 2, 3].map((index) => round(5000 * index));
    expect(tf.memory().numTensors).toBe(tensors);
    // The heap grows to its working size in the first rounds. The smallest possible leak of a call, the kept bits,
    // would be 11 MiB per round and show in every round.
    const growth = resident.slice(1).map((size, index) => size - (resident[index] as number));
    expect(Math.min(...growth)).toBeLessThan(5);
  });
});
