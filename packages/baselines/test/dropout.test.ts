/** Methods that drop weights: which, how often, and what flows back. */

import {
  patternTargetedDropoutTransform,
  targetedDropoutTransform,
  twoFourTransform,
  weightDropoutTransform,
  xtremeKTransform,
} from '@winnow/baselines';
import { createTransform, topKMask, type WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { expectClose, golden, scalar } from './golden.js';

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
const at = (step: number, training = true) => ({ path: 'layer/kernel', step: scalar(step), training });
const zeros = (tensor: tf.Tensor) => [...tf.equal(tensor, 0).dataSync()];

/** The gradient is the incoming one where the weight came through, scaled as it was, and zero where it did not. */
function expectMaskedGradient(transform: WeightTransform, kernel: tf.Tensor, step: number): void {
  const dy = normal(kernel.shape, 77);
  const gradient = tf.grad((w) => tf.sum(tf.mul(transform.apply(w, at(step)), dy)))(kernel);
  const factor = tf.div(transform.apply(kernel, at(step)), kernel);
  expectClose(gradient, [...tf.mul(factor, dy).dataSync()], 1e-4);
}

describe('weight dropout', () => {
  const transform = weightDropoutTransform({ rate: 0.3, seed: 2 });
  const kernel = normal([100, 50], 1);

  it('has no options but its own', () => {
    const make = (options: unknown) => () => targetedDropoutTransform(options as { targetFraction: 0; dropRate: 0 });
    const rates = { targetFraction: 0.5, dropRate: 0.5 };
    expect(make(undefined)).toThrow('targetedDropoutTransform: options must be an object, got undefined');
    expect(make({ ...rates, rampStep: 10 })).toThrow("options has no 'rampStep'; did you mean 'rampSteps'?");
    expect(make({ ...rates, step: 5 })).toThrow("targetedDropoutTransform: options has no 'step'");
  });

  it('drops all weights alike and scales the survivors', () => {
    const out = transform.apply(kernel, at(4));
    const dropped = zeros(out).filter(Boolean).length;
    expect(Math.abs(dropped / 5000 - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 5000));
    const expected = [...kernel.dataSync()].map((w, i) => (zeros(out)[i] ? 0 : w / 0.7));
    expectClose(out, expected, 1e-5);
    expect(zeros(transform.apply(kernel, at(5)))).not.toEqual(zeros(out));
    expectMaskedGradient(transform, kernel, 4);
  });

  it('prepares what it applies, and leaves evaluation alone', () => {
    const prepared = transform.prepare!(new Map([['layer/kernel', kernel]]), { step: scalar(4), training: true });
    expectClose(prepared.get('layer/kernel')!, [...transform.apply(kernel, at(4)).dataSync()], 0);
    expect(transform.apply(kernel, at(4, false))).toBe(kernel);
    const plain = weightDropoutTransform({ rate: 0.3, seed: 2, rescale: false }).apply(kernel, at(4));
    expectClose(plain, [...tf.mul(transform.apply(kernel, at(4)), 0.7).dataSync()], 1e-5);
  });
});

describe('Xtreme-k', () => {
  it('leaves exactly the k largest weights of every filter when all others are dropped', () => {
    const transform = xtremeKTransform({ k: 3, dropRate: 1 });
    for (const shape of [
      [3, 3, 4, 6],
      [20, 5],
      [2, 4],
    ]) {
      const kernel = normal(shape, 3);
      const out = transform.apply(kernel, at(0));
      const units = shape.at(-1) as number;
      const fanIn = kernel.size / units;
      const counts = tf.sum(tf.cast(tf.notEqual(tf.reshape(out, [fanIn, units]), 0), 'int32'), 0);
      expect(new Set(counts.dataSync())).toEqual(new Set([Math.min(3, fanIn)]));
      const mask = transform.targetMask!(kernel, { path: 'a', granularity: 'weight' });
      expectClose(out, [...tf.mul(kernel, tf.cast(mask, 'float32')).dataSync()], 0);
    }
  });

  it('ramps γ and α from nothing', () => {
    const transform = xtremeKTransform({ k: 2, dropRate: 1, rampSteps: 10 });
    const kernel = normal([100, 4], 1);
    expectClose(transform.apply(kernel, at(0)), [...kernel.dataSync()], 0);
    const dropped = (step: number) => zeros(transform.apply(kernel, at(step))).filter(Boolean).length;
    expect(dropped(20)).toBe(98 * 4);
    expect(dropped(5)).toBeGreaterThan(0);
    expect(dropped(5)).toBeLessThan(dropped(10));
    expectMaskedGradient(transform, kernel, 7);
  });
});

describe('targeted dropout on a pattern', () => {
  it('2:4 drops only the two smaller of four, each with probability α', () => {
    const transform = patternTargetedDropoutTransform({ pattern: '2:4', dropRate: 0.6, seed: 1 });
    const kernel = normal([64, 40], 2);
    const keep = [...topKMask(kernel, { pattern: '2:4' }).dataSync()];
    const out = zeros(transform.apply(kernel, at(3)));
    expect(out.some((zero, i) => zero && keep[i])).toBe(false);
    const share = out.filter(Boolean).length / 1280;
    expect(Math.abs(share - 0.6)).toBeLessThan(4 * Math.sqrt((0.6 * 0.4) / 1280));
    expectMaskedGradient(transform, kernel, 3);
    const target = transform.targetMask!(kernel, { path: 'a', granularity: 'weight' });
    expect([...target.dataSync()]).toEqual(keep);
  });

  it('blocks fall whole, those of low norm alone, also at the edges', () => {
    const transform = patternTargetedDropoutTransform({ pattern: { block: [4, 3] }, targetFraction: 0.5, dropRate: 1 });
    const kernel = normal([10, 7], 4);
    const keep = topKMask(kernel, { pattern: { block: [4, 3] }, sparsity: 0.5 });
    expect(zeros(transform.apply(kernel, at(0)))).toEqual([...keep.dataSync()].map((value) => 1 - value));
    const half = patternTargetedDropoutTransform({
      pattern: { block: [4, 3] },
      targetFraction: 1,
      dropRate: 0.5,
      seed: 3,
    });
    const out = zeros(half.apply(kernel, at(1)));
    const blocks = new Map<string, Set<number>>();
    out.forEach((zero, i) => {
      const block = `${Math.floor(i / 7 / 4)},${Math.floor((i % 7) / 3)}`;
      blocks.set(block, (blocks.get(block) ?? new Set()).add(Number(zero)));
    });
    expect(blocks.size).toBe(9);
    expect([...blocks.values()].every((values) => values.size === 1)).toBe(true);
    expect(new Set([...blocks.values()].flatMap((values) => [...values])).size).toBe(2);
    expectMaskedGradient(half, kernel, 1);
  });

  it('is what targeted dropout does that is given the pattern', () => {
    const kernel = normal([10, 7], 4);
    const rates = { targetFraction: 0.5, dropRate: 0.5, seed: 3, rampSteps: 10 };
    for (const [pattern, name] of [
      ['2:4', '2:4'],
      [{ block: [4, 3] }, '4x3'],
    ] as const) {
      const [one, other] = [
        patternTargetedDropoutTransform({ ...rates, pattern }),
        targetedDropoutTransform({ ...rates, pattern: name }),
      ];
      for (const step of [0, 7, 30]) {
        expectClose(other.apply(kernel, at(step)), [...one.apply(kernel, at(step)).dataSync()], 0);
      }
      expect(createTransform(other.name, other.getConfig()).getConfig()).toEqual({ ...rates, pattern: name });
    }
  });

  it('refuses γ other than a half for 2:4', () => {
    const make = () => patternTargetedDropoutTransform({ pattern: '2:4', targetFraction: 0.3, dropRate: 1 });
    expect(make).toThrow("patternTargetedDropoutTransform: targetFraction must be 0.5 for '2:4', got 0.3");
  });
});

describe('2:4 from scratch', () => {
  it('shows two of four and passes the gradient straight through with the pull of SR-STE, as NumPy', () => {
    const { w, mask, dy, gradient } = golden.twoFour;
    const transform = twoFourTransform({ lambda: 0.3 });
    const kernel = tf.tensor2d(w, [8, 3]);
    expectClose(
      transform.apply(kernel, at(0)),
      w.map((value, i) => value * mask[i]!),
    );
    expectClose(
      transform.apply(kernel, at(0, false)),
      w.map((value, i) => value * mask[i]!),
    );
    const slope = tf.grad((k) => tf.sum(tf.mul(transform.apply(k, at(0)), tf.tensor2d(dy, [8, 3]))))(kernel);
    expectClose(slope, gradient);
    const target = transform.targetMask!(kernel, { path: 'a', granularity: 'weight' });
    expect([...target.dataSync()]).toEqual(mask);
  });
});
