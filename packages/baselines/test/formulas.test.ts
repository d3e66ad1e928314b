import {
  allocate,
  cosineFraction,
  cubicSparsity,
  evaluationGate,
  klDivergence,
  l0Transform,
  l1Transform,
  logAlpha,
  openProbability,
  sampledGate,
  variationalDropoutTransform,
} from '@winnow/baselines';
import { kernelIdOf, randomUniform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { expectClose, expectGradient, golden, scalar } from './golden.js';

describe('L0', () => {
  const { logA, uniform, gate, gradient, evaluation, open } = golden.l0;

  it('draws, evaluates and charges gates as PyTorch does', () => {
    expectClose(sampledGate(tf.tensor1d(logA), tf.tensor1d(uniform)), gate);
    expectClose(evaluationGate(tf.tensor1d(logA)), evaluation);
    expectClose(openProbability(tf.tensor1d(logA)), open);
    const slope = tf.grad((a) => tf.sum(sampledGate(a, tf.tensor1d(uniform))))(tf.tensor1d(logA));
    expectClose(slope, gradient, 1e-4);
    expectGradient((a) => openProbability(a), tf.tensor1d(logA));
  });

  it('multiplies the kernel by gates that the seed and the step draw, in evaluation by fixed ones', () => {
    const transform = l0Transform({ lambda: 1, seed: 5 });
    const kernel = tf.tensor2d(logA, [4, 3]);
    const variables = { logA: tf.tensor2d(logA, [4, 3]) };
    const at = (step: number, training: boolean) =>
      transform.apply(kernel, { path: 'a', step: scalar(step), training, variables });
    const drawn = randomUniform([4, 3], { seed: 5, step: 3, stream: kernelIdOf('a') });
    expectClose(at(3, true), [...tf.mul(kernel, sampledGate(variables.logA, drawn)).dataSync()], 0);
    expectClose(
      at(3, false),
      logA.map((a, i) => a * (evaluation[i] as number)),
    );
    expect([...at(4, true).dataSync()]).not.toEqual([...at(3, true).dataSync()]);
  });

  it('starts with gates that are closed with the asked probability, and charges λ·Σ P(open)/images', () => {
    const transform = l0Transform({ lambda: 2, trainingImages: 100, initialDropRate: 0.2, granularity: 'unit' });
    const kernel = tf.zeros([3, 200]);
    const { logA: declared } = transform.variables!({ path: 'a', kernel, kernels: new Map() });
    expect(declared!.initial.shape).toEqual([200]);
    expect(declared!.trainable).toBe(true);
    const mean = tf.mean(tf.sigmoid(declared!.initial)).dataSync()[0] as number;
    expect(mean).toBeCloseTo(0.8, 3);
    const variables = new Map([['a', { logA: tf.tensor1d(logA) }]]);
    const penalty = transform.penalty!(new Map([['a', tf.variable(kernel)]]), {
      step: scalar(0),
      training: true,
      variables,
    });
    expectClose(penalty, [(open.reduce((sum, p) => sum + p, 0) * 2) / 100]);
  });

  it('ranks by the gate, for weights and for units', () => {
    const variables = { logA: tf.tensor2d([3, -1, 2, 0], [2, 2]) };
    const scores = (granularity: 'weight' | 'unit') =>
      l0Transform({ lambda: 1 }).scores!(tf.ones([2, 2]), { path: 'a', granularity, variables });
    expectClose(scores('weight'), [3, -1, 2, 0]);
    expectClose(scores('unit'), [2.5, -0.5]);
  });
});

describe('sparse variational dropout', () => {
  const { w, logVariance, divergence, gradientW, gradientLogVariance } = golden.variational;
  const [$w, $logVariance] = [tf.tensor1d(w), tf.tensor1d(logVariance)];

  it('has log α, divergence and gradients of PyTorch', () => {
    expectClose(logAlpha($w, $logVariance), golden.variational.logAlpha, 1e-4);
    expectClose(klDivergence(logAlpha($w, $logVariance)), divergence, 1e-4);
    const [slopeW, slopeV] = tf.grads((a, b) => tf.sum(klDivergence(logAlpha(a as tf.Tensor, b as tf.Tensor))))([
      $w,
      $logVariance,
    ]) as [tf.Tensor, tf.Tensor];
    expectClose(slopeW, gradientW, 1e-3);
    expectClose(slopeV, gradientLogVariance, 1e-4);
    expectGradient((v) => klDivergence(logAlpha($w, v)), $logVariance);
  });

  it('warms the penalty up and divides it by the images', () => {
    const transform = variationalDropoutTransform({ scale: 3, trainingImages: 10, warmupSteps: 100 });
    const total = divergence.reduce((sum, value) => sum + value, 0) * 0.3;
    const variables = new Map([['a', { logVariance: $logVariance }]]);
    for (const [step, share] of [
      [0, 0],
      [25, 0.25],
      [100, 1],
      [900, 1],
    ] as const) {
      const context = { step: scalar(step), training: true, variables };
      expectClose(transform.penalty!(new Map([['a', tf.variable($w)]]), context), [total * share], 1e-4);
    }
  });

  it('keeps weights with log α below 3 in evaluation, and ranks by −log α', () => {
    const transform = variationalDropoutTransform();
    const variables = { logVariance: $logVariance };
    const kept = golden.variational.logAlpha.map((value) => value < 3);
    expect(kept).toContain(true);
    expect(kept).toContain(false);
    const context = { path: 'a', step: scalar(0), training: false, variables };
    expectClose(
      transform.apply($w, context),
      w.map((value, i) => (kept[i] ? value : 0)),
    );
    const rank = { path: 'a', granularity: 'weight' as const, variables };
    expect([...transform.targetMask!($w, rank).dataSync()]).toEqual(kept.map(Number));
    expectClose(
      transform.scores!($w, rank),
      golden.variational.logAlpha.map((value) => -value),
      1e-4,
    );
    expect(transform.decaysKernels).toBe(false);
  });
});

describe('L1', () => {
  const kernels = new Map<string, tf.Variable>([
    ['a', tf.variable(tf.tensor2d([1, -2, 3, -4], [2, 2]))],
    ['b', tf.variable(tf.tensor1d([-6, 0]))],
  ]);
  const context = { step: scalar(0), training: true };

  it('adds the means, or the sums, of |w|', () => {
    expectClose(l1Transform({ lambda: 0.5 }).penalty!(kernels, context), [0.5 * (2.5 + 3)]);
    expectClose(l1Transform({ lambda: 0.5, reduction: 'sum' }).penalty!(kernels, context), [0.5 * (10 + 6)]);
  });

  it('refuses what is out of range by name', () => {
    expect(() => l1Transform({ lambda: -1 })).toThrow('l1Transform: lambda must be ≥ 0, got -1');
    expect(() => l1Transform({ lambda: '1' as never })).toThrow("l1Transform: lambda must be a number ≥ 0, got '1'");
    expect(() => l1Transform({ lambda: 1, reduction: 'max' as never })).toThrow(
      "reduction must be one of 'mean', 'sum'",
    );
  });
});

describe('schedules', () => {
  it('cubic: is the published one, nothing before, all after', () => {
    for (const { step, value } of golden.cubic) expect(cubicSparsity(0.9, step, 10, 50)).toBeCloseTo(value, 10);
    expect(cubicSparsity(0.9, 0, 10, 50)).toBe(0);
    expect(cubicSparsity(0.9, 50, 10, 50)).toBe(0.9);
    expect(cubicSparsity(0.9, 1e9, 10, 50)).toBe(0.9);
  });

  it('cosine: α at the start, half of it in the middle, nothing at the end', () => {
    expect(cosineFraction(0.3, 0, 80)).toBeCloseTo(0.3);
    expect(cosineFraction(0.3, 40, 80)).toBeCloseTo(0.15);
    expect(cosineFraction(0.3, 80, 80)).toBeCloseTo(0);
    expect(cosineFraction(0.3, 1000, 80)).toBeCloseTo(0);
  });
});

describe('allocation', () => {
  it('Erdős–Rényi-kernel: the sparsities of an independent search, of the asked total', () => {
    for (const { shapes, sparsity, sparsities } of golden.erk) {
      const found = allocate('erk', shapes, sparsity);
      for (const [i, value] of found.entries()) expect(value).toBeCloseTo(sparsities[i] as number, 6);
      const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
      const cut = sizes.reduce((sum, size, i) => sum + size * (found[i] as number), 0);
      expect(cut / sizes.reduce((a, b) => a + b, 0)).toBeCloseTo(sparsity, 6);
    }
  });

  it('has its corners: everything, nothing, uniform', () => {
    const shapes = [
      [3, 3, 2, 4],
      [8, 2],
    ];
    expect(allocate('erk', shapes, 0)).toEqual([0, 0]);
    expect(allocate('erk', shapes, 1)).toEqual([1, 1]);
    expect(allocate('uniform', shapes, 0.3)).toEqual([0.3, 0.3]);
  });
});
