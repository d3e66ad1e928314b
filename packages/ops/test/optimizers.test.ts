import { readFileSync } from 'node:fs';
import { type AdamOptions, adam, type Optimizer, type SgdOptions, sgd } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterEach, describe, expect, it } from 'vitest';
import { bitsOf, onEveryBackend } from './backends.js';

interface Golden {
  shapes: number[][];
  learningRates: number[];
  start: number[][];
  gradients: number[][][];
  cases: Record<string, { optimizer: 'sgd' | 'adam'; options: SgdOptions & AdamOptions; trajectory: number[][][] }>;
}

const golden: Golden = JSON.parse(readFileSync(new URL('golden/optimizers.json', import.meta.url), 'utf8'));
const make = (optimizer: 'sgd' | 'adam', options: object): Optimizer =>
  optimizer === 'sgd' ? sgd(options) : adam(options);
const tensor = (values: number[], shape: number[]) => tf.tensor(values, shape, 'float32');

let variables: tf.Variable[] = [];
afterEach(() => {
  tf.dispose(variables);
  variables = [];
});
function startVariables(): tf.Variable[] {
  tf.dispose(variables);
  variables = golden.start.map((values, i) =>
    tf.tidy(() => tf.variable(tensor(values, golden.shapes[i]!), true, `layer${i}/weight`)),
  );
  return variables;
}
function runSteps(optimizer: Optimizer, from: number, to: number, of = variables): void {
  for (let step = from; step < to; step++) {
    const gradients = golden.gradients[step]!.map((values, i) => tensor(values, golden.shapes[i]!));
    optimizer.step(of, gradients, golden.learningRates[step]!);
    tf.dispose(gradients);
  }
}

onEveryBackend('the optimizers', (backend) => {
  describe.each(Object.entries(golden.cases))('%s', (_, { optimizer: kind, options, trajectory }) => {
    it('follows the trajectory of PyTorch', () => {
      startVariables();
      const optimizer = make(kind, options);
      for (const [step, expected] of trajectory.entries()) {
        runSteps(optimizer, step, step + 1);
        for (const [i, variable] of variables.entries()) {
          expect(variable.shape).toEqual(golden.shapes[i]);
          for (const [k, value] of variable.dataSync().entries()) {
            expect(Math.abs(value - expected[i]![k]!)).toBeLessThan(3e-6 * (1 + Math.abs(expected[i]![k]!)));
          }
        }
      }
      optimizer.dispose();
    });

    it('forgets what it is told of a variable, and nothing else', () => {
      startVariables();
      const [first] = variables as [tf.Variable];
      const optimizer = make(kind, options);
      const entries = tf.tidy(() => tf.cast(tf.range(0, first.size).mod(2), 'bool').reshape(first.shape));
      optimizer.forget(first, entries);
      expect(optimizer.state().has(`momentum/${first.name}`)).toBe(false);
      runSteps(optimizer, 0, 3);
      const values = () => new Map([...optimizer.state()].map(([name, slot]) => [name, [...slot.dataSync()]]));
      const before = values();
      const tensors = tf.memory().numTensors;
      optimizer.forget(first, entries);
      expect(tf.memory().numTensors).toBe(tensors);
      for (const [name, slot] of values()) {
        const old = before.get(name)!;
        const expected = name.endsWith(first.name) ? old.map((value, i) => (i % 2 === 1 ? 0 : value)) : old;
        expect(slot, name).toEqual(expected);
        if (name.endsWith(first.name)) expect(old.some((value, i) => i % 2 === 1 && value !== 0)).toBe(true);
      }
      expect(() => optimizer.forget(first, tf.ones(first.shape))).toThrow(
        `entries of variable '${first.name}' must be bool, got float32`,
      );
      expect(() => optimizer.forget(first, tf.ones([1], 'bool'))).toThrow(
        `must have its shape [${first.shape}], got [1]`,
      );
      expect(() => optimizer.forget(entries as tf.Variable, entries)).toThrow('variable must be a tf.Variable');
      tf.dispose(entries);
      optimizer.dispose();
    });

    it('continues from its state bit for bit, and a copy is independent of it', () => {
      startVariables();
      const whole = make(kind, options);
      runSteps(whole, 0, 10);
      const expected = variables.map(bitsOf);
      startVariables();
      const first = make(kind, options);
      runSteps(first, 0, 5);
      const second = make(kind, options);
      second.restore(first.state());
      first.dispose();
      runSteps(second, 5, 10);
      expect(variables.map(bitsOf)).toEqual(expected);
      expect([...second.state().keys()].sort()).toEqual([...whole.state().keys()].sort());
      for (const [name, slot] of second.state()) expect(bitsOf(slot)).toEqual(bitsOf(whole.state().get(name)!));
      whole.dispose();
      second.dispose();
      expect(second.state().get('momentum/layer0/weight')).toBeUndefined();
    });
  });

  it('keeps and loses no tensor over 1,000 steps, inside and outside tidy', () => {
    const variable = tf.variable(tf.ones([4, 4]), true, 'leak/weight');
    const gradient = tf.ones([4, 4]);
    for (const optimizer of [sgd({ momentum: 0.9, clipNorm: 1 }), adam({ weightDecay: 0.1 }), sgd()]) {
      const before = tf.memory().numTensors;
      optimizer.step([variable], [gradient], 0.1);
      optimizer.state();
      const running = tf.memory().numTensors;
      for (let i = 0; i < (backend === 'tensorflow' ? 1000 : 200); i++) {
        if (i % 2 === 0) optimizer.step([variable], [gradient], 0.1);
        else tf.tidy(() => optimizer.step([variable], [gradient], 0.1));
      }
      optimizer.state();
      expect(tf.memory().numTensors).toBe(running);
      optimizer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    tf.dispose([variable, gradient]);
  });

  it('does not change tensors that share memory with a variable or a slot', () => {
    const start = tf.tensor1d([1, 2]);
    const variable = tf.variable(start, true, 'shared/weight');
    const view = tf.reshape(variable, [2, 1]);
    const optimizer = sgd({ momentum: 0.5 });
    optimizer.step([variable], [tf.tensor1d([1, 1])], 1);
    const slot = tf.clone(optimizer.state().get('momentum/shared/weight')!);
    optimizer.step([variable], [tf.tensor1d([1, 1])], 1);
    expect([...start.dataSync()]).toEqual([1, 2]);
    expect([...view.dataSync()]).toEqual([1, 2]);
    expect([...slot.dataSync()]).toEqual([1, 1]);
    expect([...variable.dataSync()]).toEqual([-1.5, -0.5]);
    optimizer.dispose();
    variable.dispose();
  });

  it('passes NaN on to the weights, with and without clipping', () => {
    for (const optimizer of [sgd(), sgd({ momentum: 0.9, clipNorm: 1 }), adam({ clipNorm: 1 }), adam()]) {
      const [a, b] = [tf.variable(tf.ones([2])), tf.variable(tf.ones([1]))];
      optimizer.step([a, b], [tf.tensor1d([Number.NaN, 1]), tf.tensor1d([1])], 0.1);
      expect(a.dataSync()[0]).toBeNaN();
      tf.dispose([a, b]);
      optimizer.dispose();
    }
  });

  it('decays the selected variables', () => {
    const bias = tf.variable(tf.tensor1d([1]), true, 'bias');
    const zero = tf.zeros([1]);
    sgd({ weightDecay: 0.5 }).step([bias], [zero], 0.1);
    expect(bias.dataSync()[0]).toBe(1);
    sgd({ weightDecay: 0.5, decayed: ({ name }) => name === 'bias' }).step([bias], [zero], 0.1);
    expect(bias.dataSync()[0]).toBeCloseTo(0.95, 6);
    sgd({ weightDecay: 0.5, decoupled: true, decayed: () => true }).step([bias], [tf.ones([1])], 0.1);
    expect(bias.dataSync()[0]).toBeCloseTo(0.95 * 0.95 - 0.1, 6);
    bias.dispose();
  });

  it('refuses mismatched arguments, naming the variable, before anything changes', () => {
    const weight = tf.variable(tf.ones([2, 3]), true, 'conv/kernel');
    const other = tf.variable(tf.ones([1]), true, 'conv/bias');
    const optimizer = sgd({ momentum: 0.9 });
    const ok = tf.ones([2, 3]);
    const missing = null as unknown as tf.Tensor;
    const calls: [() => void, string][] = [
      [
        () => optimizer.step([weight, other], [ok, missing], 0.1),
        "sgd: gradient of variable 'conv/bias' must be a tensor, got null",
      ],
      [
        () => optimizer.step([weight, other], [ok], 0.1),
        "sgd: gradient of variable 'conv/bias' must be a tensor, got undefined",
      ],
      [() => optimizer.step([weight], [ok, ok], 0.1), 'sgd: gradients must be one for each of 1 variables, got 2'],
      [
        () => optimizer.step([weight], [tf.ones([3, 2])], 0.1),
        "sgd: gradient of variable 'conv/kernel' must have its shape [2,3], got [3,2]",
      ],
      [
        () => optimizer.step([weight], [tf.ones([2, 3], 'int32')], 0.1),
        "sgd: gradient of variable 'conv/kernel' must be float32, got int32",
      ],
      [
        () => optimizer.step([weight, weight], [ok, ok], 0.1),
        "sgd: variable 'conv/kernel' must occur once in variables",
      ],
      [() => optimizer.step([weight], [ok], Number.NaN), 'sgd: learningRate must be in [0, Infinity), got NaN'],
      [() => optimizer.step([weight], [ok], -1), 'sgd: learningRate must be in [0, Infinity), got -1'],
      [
        () => optimizer.restore(new Map([['mean/conv/kernel', ok]])),
        "sgd: state must hold momentum/<variable> alone, got 'mean/conv/kernel'",
      ],
      [
        () => optimizer.restore(new Map([['momentum/conv/kernel', tf.ones([2, 3], 'bool')]])),
        "sgd: state 'momentum/conv/kernel' must be a float32 tensor",
      ],
      [() => adam().restore(new Map()), "adam: state 'step' must be an integer of at least 0, got undefined"],
      [() => sgd({ momentum: 1 }), 'sgd: momentum must be in [0, 1), got 1'],
      [() => sgd({ nesterov: true }), 'sgd: nesterov needs momentum in (0, 1), got momentum 0'],
      [() => sgd({ weightDecay: -1 }), 'sgd: weightDecay must be in [0, Infinity), got -1'],
      [() => sgd({ clipNorm: 0 }), 'sgd: clipNorm must be in (0, Infinity), got 0'],
      [() => adam({ beta2: 1.5 }), 'adam: beta2 must be in [0, 1], got 1.5'],
      [() => adam({ epsilon: Number.NaN }), 'adam: epsilon must be in [0, Infinity), got NaN'],
    ];
    for (const [call, message] of calls) expect(call).toThrow(message);
    expect([...weight.dataSync()]).toEqual([1, 1, 1, 1, 1, 1]);
    optimizer.restore(new Map([['momentum/conv/kernel', tf.ones([3, 2])]]));
    expect(() => optimizer.step([weight], [ok], 0.1)).toThrow(
      "sgd: momentum of variable 'conv/kernel' must have its shape [2,3], got [3,2]",
    );
    optimizer.dispose();
    tf.dispose([weight, other]);
  });

  it('does nothing for no variables', () => {
    const optimizer = adam();
    optimizer.step([], [], 0.1);
    expect(optimizer.state().get('step')!.dataSync()[0]).toBe(1);
    optimizer.dispose();
  });
});
