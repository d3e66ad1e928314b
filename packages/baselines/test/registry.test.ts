import { existsSync, readFileSync } from 'node:fs';
import {
  combineTransforms,
  defaultsOf,
  describeMethod,
  findMethod,
  l1Transform,
  methods,
  registerMethod,
  resolveMethod,
  targetedDropoutTransform,
  unitDropoutTransform,
  variationalDropoutTransform,
} from '@winnow/baselines';
import { appliedTransform, resnet } from '@winnow/models';
import { createTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { expectClose, scalar } from './golden.js';
import { weightNoise } from './weight-noise.js';

const context = { granularity: 'weight' as const, seed: 1, totalSteps: 1000 };

describe('the registry', () => {
  it('has what every method must say, with defaults in their own ranges', () => {
    expect(methods.size).toBeGreaterThanOrEqual(18);
    for (const [name, method] of methods) {
      expect(method.name).toBe(name);
      expect(method.reference).toMatch(/\S+ et al\.|,.+(arXiv|ICML|JMLR)/);
      for (const text of [method.title, method.summary, method.pruned]) expect(text.length).toBeGreaterThan(1);
      for (const granularity of method.granularities) {
        for (const [key, value] of Object.entries(defaultsOf(method, granularity))) {
          expect(method.hyperparameters[key]!.accepts(value), `${name} ${key}`).toBe(true);
        }
        const { hyperparameters } = resolveMethod(name, {}, granularity);
        const transform = method.create(hyperparameters, { ...context, granularity });
        expect(transform === undefined).toBe(name === 'none');
        // A saved model names its transform and finds it again.
        if (transform)
          expect(createTransform(transform.name, transform.getConfig()).getConfig()).toEqual(transform.getConfig());
      }
    }
  });

  it('knows the defaults of a granularity', () => {
    expect(resolveMethod('l1', {}, 'weight').hyperparameters['lambda']).toBe(0.1);
    expect(resolveMethod('l1', {}, 'unit').hyperparameters['lambda']).toBe(0.01);
    expect(resolveMethod('l1', { lambda: 3 }, 'unit').hyperparameters).toEqual({ lambda: 3, reduction: 'mean' });
  });

  it('scales schedules with the run', () => {
    const config = (name: string, totalSteps: number) =>
      findMethod(name)
        .create(resolveMethod(name, {}).hyperparameters, { ...context, totalSteps })!
        .getConfig();
    expect(config('targeted-dropout', 1000)).toMatchObject({ rampSteps: 250 });
    expect(config('targeted-dropout', 4000)).toMatchObject({ rampSteps: 1000 });
    expect(config('gradual-pruning', 1000)).toMatchObject({ startStep: 100, endStep: 700 });
    expect(config('rigl', 1000)).toMatchObject({ endStep: 750 });
    expect(config('variational-dropout', 80_000)).toMatchObject({ warmupSteps: 50_000 });
  });

  it.each([
    [() => resolveMethod('rigll', {}), 'method must be one of none, weight-dropout, unit-dropout'],
    [() => resolveMethod('rigll', {}), "pattern-targeted-dropout, got 'rigll'; did you mean 'rigl'?"],
    [() => resolveMethod('L1+RIGL', {}), "got 'L1'; did you mean 'l1'?"],
    // Of names of two letters, two others are no likeness.
    [() => resolveMethod('xy', {}), /, got 'xy'$/],
    [
      () => resolveMethod('l1', { lamda: 1 }),
      "no hyperparameter 'lamda'; it has lambda, reduction; did you mean 'lambda'?",
    ],
    [() => resolveMethod('l1', { constructor: 1 } as never), "there is no hyperparameter 'constructor'"],
    [() => resolveMethod('l1', { gamma: 1 }), "l1: there is no hyperparameter 'gamma'; it has lambda, reduction"],
    [() => resolveMethod('l1', { lambda: -1 }), 'l1: lambda must be ≥ 0, got -1'],
    [() => resolveMethod('l1', { lambda: 'x' }), "l1: lambda must be ≥ 0, got 'x'"],
    [() => resolveMethod('rigl', { interval: 2.5 }), 'rigl: interval must be an integer ≥ 1, got 2.5'],
    [() => resolveMethod('l1', { reduction: 'max' }), "l1: reduction must be one of mean, sum, got 'max'"],
    [() => resolveMethod('rigl', {}, 'unit'), "rigl: granularity must be weight, got 'unit'"],
    [() => resolveMethod('l1+l1', {}), "method must not have the same part twice, got 'l1+l1'"],
    [() => resolveMethod('l1+none', {}), "method none cannot be combined with others, got 'l1+none'"],
    [() => registerMethod({ ...methods.get('l1')!, name: 'a+b' }), "got 'a+b'"],
    [() => registerMethod({ ...methods.get('l1')! }), "registerMethod: 'l1' is registered already"],
  ])('refuses a mistake by name: %#', (call, message) => {
    expect(call).toThrow(message);
  });

  // test/method-pages.test.ts compares its parameters and its row of the index.
  it.each([...methods.values()])('$name has a page with its reference', (method) => {
    const page = new URL(`../../../docs/methods/${method.name}.md`, import.meta.url);
    expect(existsSync(page), `${page.pathname}: \`npx -y pnpm@10.34.9 tables\` writes one to begin with`).toBe(true);
    expect(readFileSync(page, 'utf8')).toContain(method.reference);
  });

  it('is described for lists', () => {
    expect(describeMethod(methods.get('l1')!)).toContain('lambda=0.1 (weight), 0.01 (unit)  ≥ 0');
  });
});

describe('combined methods', () => {
  it('add penalties, drop what each drops, and keep their hyperparameters apart', () => {
    const { method, hyperparameters } = resolveMethod('l1+targeted-dropout', {
      lambda: 2,
      gamma: 0.5,
      alpha: 1,
      ramp: 0,
    });
    const transform = method.create(hyperparameters, context)!;
    const kernel = tf.variable(tf.tensor2d([1, -2, 3, -4], [4, 1]));
    const at = { path: 'a', step: scalar(0), training: true };
    expectClose(transform.apply(kernel, at), [0, 0, 3, -4], 0);
    expectClose(transform.penalty!(new Map([['a', kernel]]), { step: scalar(0), training: true }), [5]);
    const prepared = transform.prepare!(new Map([['a', kernel]]), { step: scalar(0), training: true });
    expectClose(prepared.get('a')!, [0, 0, 3, -4], 0);
    const target = transform.targetMask!(kernel, { path: 'a', granularity: 'weight' });
    expect([...target.dataSync()]).toEqual([0, 0, 1, 1]);

    const both = resolveMethod('l1+l0', {}).hyperparameters;
    expect(both).toMatchObject({ 'l1.lambda': 0.1, 'l0.lambda': 0.1, reduction: 'mean' });
    expect(() => resolveMethod('l1+l0', { lambda: 1 })).toThrow("there is no hyperparameter 'lambda'");
  });

  it('give new tensors and leave none behind when they prepare', () => {
    const parts = [l1Transform({ lambda: 1 }), targetedDropoutTransform({ targetFraction: 0.5, dropRate: 1 })];
    const kernel = tf.randomNormal([8, 2], 0, 1, 'float32', 1);
    for (const order of [parts, [...parts].reverse()]) {
      const combined = combineTransforms(order);
      const step = scalar(0);
      const before = tf.memory().numTensors;
      const made = combined.prepare!(new Map([['a', kernel]]), { step, training: true });
      expect(made.get('a')).not.toBe(kernel);
      made.get('a')!.dispose();
      expect(tf.memory().numTensors).toBe(before);
      step.dispose();
    }
  });

  it('refuses two that must compute the layer, or fewer than two', () => {
    const computing = [unitDropoutTransform({ rate: 0.5 }), variationalDropoutTransform()];
    expect(() => combineTransforms(computing)).toThrow("got 'unit-dropout' and 'variational-dropout'");
    expect(() => combineTransforms(computing.slice(1))).toThrow('transforms must have at least 2 entries, got 1');
  });
});

describe('a new method', () => {
  it('is in the docs as it is here', () => {
    const file = readFileSync(new URL('weight-noise.ts', import.meta.url), 'utf8');
    const page = readFileSync(new URL('../../../docs/methods/README.md', import.meta.url), 'utf8');
    expect(page).toContain(file.trim());
  });

  it('is one file and one line of the registry', () => {
    registerMethod(weightNoise);
    const { method, hyperparameters } = resolveMethod('weight-noise', { deviation: 0.5 });
    expect(() => resolveMethod('weight-noise', { deviation: -1 })).toThrow(
      'weight-noise: deviation must be ≥ 0, got -1',
    );
    const model = resnet({
      depth: 8,
      inputShape: [8, 8, 1],
      transform: method.create(hyperparameters, context)!,
    });
    const run = (training: boolean) => [...(model.apply(tf.ones([2, 8, 8, 1]), { training }) as tf.Tensor).dataSync()];
    expect(run(false)).toEqual(run(false));
    const { step } = appliedTransform(model)!;
    step.set(1);
    const first = run(true);
    step.set(2);
    expect(run(true)).not.toEqual(first);
    const together = resolveMethod('weight-noise+targeted-dropout', {});
    expect(together.hyperparameters).toMatchObject({ deviation: 0.01, gamma: 0.9 });
  });
});
