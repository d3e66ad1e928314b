/** Methods that keep masks: what they drop and grow, when, and that exactly the asked weights are left. */

import {
  dropAndGrow,
  dropAndGrowByColumn,
  fixedMaskTransform,
  gradualPruningTransform,
  randomPruningTransform,
  riglTransform,
  setTransform,
  smallifyTransform,
  snipTransform,
  sriglTransform,
  topKastTransform,
} from '@winnow/baselines';
import type { SteppedKernel, WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { expectClose, golden, type MaskCase, scalar } from './golden.js';

/** Kernels with a transform's variables, as `applyTransform` would have them. */
function network(transform: WeightTransform, shapes: Record<string, number[]>): Map<string, SteppedKernel> {
  const kernels = new Map(
    Object.entries(shapes).map(([path, shape], i) => [
      path,
      tf.variable(tf.randomNormal(shape, 0, 1, 'float32', i + 1)),
    ]),
  );
  return new Map(
    [...kernels].map(([path, kernel]) => {
      const declared = transform.variables!({ path, kernel, kernels });
      const variables = Object.entries(declared).map(([name, { initial }]) => [name, tf.variable(initial)] as const);
      return [path, { kernel, variables: Object.fromEntries(variables) }];
    }),
  );
}

const withGradients = (kernels: Map<string, SteppedKernel>, seed: number) =>
  new Map(
    [...kernels].map(([path, entry]) => [
      path,
      { ...entry, gradient: tf.randomNormal(entry.kernel.shape, 0, 1, 'float32', seed) },
    ]),
  );
const maskOf = (entry: SteppedKernel) => [...(entry.variables['mask'] as tf.Variable).dataSync()];
const kept = (entry: SteppedKernel) => maskOf(entry).reduce((sum, value) => sum + value, 0);
const perColumn = ({ variables }: SteppedKernel) => {
  const mask = variables['mask'] as tf.Variable;
  return [...tf.sum(tf.reshape(mask, [-1, mask.shape.at(-1) as number]), 0).dataSync()];
};
const SHAPES = { first: [3, 3, 4, 8], second: [3, 3, 8, 8], last: [8, 10] };

describe('a renewal of masks', () => {
  const tensors = ({ shape, w, g, mask }: MaskCase) =>
    [w, mask, g].map((values) => tf.tensor(values, shape, 'float32')) as [tf.Tensor, tf.Tensor, tf.Tensor];

  it('by layer: drops the weakest and grows the strongest gradients, as NumPy by sorting', () => {
    for (const one of golden.rigl) {
      expectClose(dropAndGrow(...tensors(one), one.share), one.renewed, 0);
    }
  });

  it('by column: constant fan-in, weak columns given up, as NumPy by loops', () => {
    for (const one of golden.srigl) {
      const renewed = dropAndGrowByColumn(...tensors(one), one.share, one.minimum);
      expectClose(renewed, one.renewed, 0);
    }
    expect(new Set(golden.srigl.map(({ columns, shape }) => columns < (shape[1] as number)))).toEqual(
      new Set([true, false]),
    );
  });

  it('changes nothing for a share of zero, in a dense or an empty mask', () => {
    const kernel = tf.randomNormal([6, 4], 0, 1, 'float32', 1);
    const growth = tf.abs(tf.randomNormal([6, 4], 0, 1, 'float32', 2));
    for (const mask of [tf.ones([6, 4]), tf.zeros([6, 4])]) {
      expectClose(dropAndGrow(kernel, mask, growth, 0.5), [...mask.dataSync()], 0);
      expectClose(dropAndGrowByColumn(kernel, mask, growth, 0.5, 0), [...mask.dataSync()], 0);
    }
    const some = tf.cast(tf.greater(kernel, 0), 'float32');
    expectClose(dropAndGrow(kernel, some, growth, 0), [...some.dataSync()], 0);
  });
});

describe.each([
  ['rigl', riglTransform, true],
  ['set', setTransform, false],
] as const)('%s', (_name, make, byGradient) => {
  const transform = make({ sparsity: 0.8, interval: 10, endStep: 60, seed: 3 });

  it('has exactly the sparsity that the allocation gives each layer, from the start to the end', () => {
    const kernels = network(transform, SHAPES);
    const first = [...kernels.values()].map(kept);
    const sizes = [...kernels.values()].map(({ kernel }) => kernel.size);
    const total = first.reduce((a, b) => a + b, 0) / sizes.reduce((a, b) => a + b, 0);
    expect(total).toBeCloseTo(0.2, 2);
    for (const step of [10, 20, 30, 40, 50]) {
      transform.afterStep!(step, withGradients(kernels, step));
      expect([...kernels.values()].map(kept)).toEqual(first);
    }
  });

  it('renews every interval between the first step and the last, and not otherwise', () => {
    const kernels = network(transform, SHAPES);
    const changed: number[] = [];
    for (let step = 0; step < 90; step++) {
      const before = maskOf(kernels.get('second')!);
      transform.afterStep!(step, withGradients(kernels, step + 1));
      if (String(maskOf(kernels.get('second')!)) !== String(before)) changed.push(step);
    }
    expect(changed).toEqual([10, 20, 30, 40, 50]);
    expect([9, 10, 11, 60, 70].map((step) => transform.needsGradient?.(step) ?? false)).toEqual([
      false,
      byGradient,
      false,
      false,
      false,
    ]);
  });

  it('starts what grows at zero and leaves what stays alone', () => {
    const kernels = network(transform, SHAPES);
    const { kernel, variables } = kernels.get('second')!;
    const [weights, before] = [[...kernel.dataSync()], maskOf(kernels.get('second')!)];
    transform.afterStep!(10, withGradients(kernels, 1));
    const after = [...variables['mask']!.dataSync()];
    const expected = weights.map((weight, i) => (before[i] && after[i] ? weight : 0));
    expectClose(kernel, expected, 0);
    expect(after.some((value, i) => value === 1 && before[i] === 0)).toBe(true);
  });

  it('draws other first masks for another seed, the same for the same', () => {
    const masks = (seed: number) =>
      [...network(make({ sparsity: 0.8, endStep: 9, seed }), SHAPES).values()].map(maskOf);
    expect(masks(1)).toEqual(masks(1));
    expect(masks(1)).not.toEqual(masks(2));
  });
});

describe('a renewal of whole columns or blocks', () => {
  it.each(['unit', '4x4'])('moves them as a whole, and has their momentum forgotten, %s', (pattern) => {
    const transform = riglTransform({ sparsity: 0.5, interval: 10, endStep: 60, fraction: 0.5, seed: 3, pattern });
    const kernels = network(transform, { only: [12, 12] });
    const { kernel, variables } = kernels.get('only')!;
    const mask = () => [...tf.broadcastTo(variables['mask']!, [12, 12]).dataSync()];
    const before = mask();
    const forgotten: number[] = [];
    const forget = (entries: tf.Tensor) => {
      expect(entries.dtype).toBe('bool');
      expect(entries.shape).toEqual([12, 12]);
      forgotten.push(...entries.dataSync());
    };
    const given = withGradients(kernels, 4);
    transform.afterStep!(10, new Map([['only', { ...given.get('only')!, forget }]]));
    const after = mask();
    expect(forgotten).toEqual(after.map((value, i) => Number(value !== before[i])));
    expect(after.filter(Boolean)).toHaveLength(before.filter(Boolean).length);
    expect(forgotten.filter(Boolean).length).toBeGreaterThan(0);
    expect([...kernel.dataSync()].every((w, i) => w === 0 || (before[i] && after[i]))).toBe(true);
    const groupOf = (i: number) => (pattern === 'unit' ? i % 12 : 3 * Math.floor(i / 48) + Math.floor((i % 12) / 4));
    // As many pairs of group and value as groups: none has two values.
    const pairs = new Set(after.map((value, i) => `${groupOf(i)} ${value}`));
    expect(pairs.size).toBe(pattern === 'unit' ? 12 : 9);
  });
});

describe('SRigL', () => {
  it('keeps the fan-in of all columns in use equal', () => {
    const transform = sriglTransform({ sparsity: 0.75, interval: 2, endStep: 100, allocation: 'uniform' });
    const kernels = network(transform, SHAPES);
    const first = [...kernels.values()].map(kept);
    for (const [i, entry] of [...kernels.values()].entries()) {
      expect(new Set(perColumn(entry)).size).toBe(1);
      expect(kept(entry)).toBe(first[i]);
    }
    for (const step of [2, 4, 6]) transform.afterStep!(step, withGradients(kernels, step));
    for (const [i, entry] of [...kernels.values()].entries()) {
      const fanIns = new Set(perColumn(entry).filter((count) => count > 0));
      expect(fanIns.size).toBe(1);
      // Columns given up leave a remainder smaller than one weight a column.
      expect(first[i]! - kept(entry)).toBeLessThan(entry.kernel.shape.at(-1) as number);
    }
  });
});

describe('gradual pruning', () => {
  const options = { sparsity: 0.9, startStep: 10, endStep: 50, interval: 7 };
  const prune = (transform: WeightTransform, kernels: Map<string, SteppedKernel>, upTo: number) => {
    for (let step = 0; step <= upTo; step++) transform.afterStep!(step, kernels);
  };

  it.each(['column', 'layer', 'erk', 'global'] as const)(
    'ends at exactly the sparsity, allocation %s',
    (allocation) => {
      const transform = gradualPruningTransform({ ...options, allocation });
      const kernels = network(transform, SHAPES);
      prune(transform, kernels, 9);
      expect([...kernels.values()].every((entry) => kept(entry) === entry.kernel.size)).toBe(true);
      prune(transform, kernels, 60);
      const sizes = [...kernels.values()].map(({ kernel }) => kernel.size);
      const counts = [...kernels.values()].map(kept);
      const total = sizes.reduce((a, b) => a + b, 0);
      if (allocation === 'global') expect(counts.reduce((a, b) => a + b, 0)).toBe(total - Math.floor(0.9 * total));
      if (allocation === 'layer') expect(counts).toEqual(sizes.map((size) => size - Math.floor(0.9 * size + 1e-9)));
      if (allocation === 'column') {
        for (const entry of kernels.values()) {
          const fanIn = entry.kernel.size / (entry.kernel.shape.at(-1) as number);
          expect(new Set(perColumn(entry))).toEqual(new Set([fanIn - Math.floor(0.9 * fanIn + 1e-9)]));
        }
      }
      if (allocation === 'erk') {
        expect(counts.reduce((a, b) => a + b, 0) / total).toBeCloseTo(0.1, 2);
        expect(counts[2]! / sizes[2]!).toBeGreaterThan(counts[1]! / sizes[1]!);
      }
    },
  );

  it('prunes at the start, every interval and the end, never brings a weight back, and cuts the smallest', () => {
    const transform = gradualPruningTransform(options);
    const kernels = network(transform, SHAPES);
    const entry = kernels.get('second')!;
    const magnitudes = [...entry.kernel.dataSync()].map(Math.abs);
    const changed: number[] = [];
    for (let step = 0; step < 70; step++) {
      const before = maskOf(entry);
      transform.afterStep!(step, kernels);
      const after = maskOf(entry);
      if (String(after) !== String(before)) changed.push(step);
      expect(after.every((value, i) => value <= (before[i] as number))).toBe(true);
    }
    expect(changed).toEqual([17, 24, 31, 38, 45, 50]);
    const mask = maskOf(entry);
    const [least, most] = [1, 0].map((value) => magnitudes.filter((_, i) => mask[i] === value));
    expect(Math.min(...least!)).toBeGreaterThan(Math.max(...most!));
  });

  it('ranks units by their norm, and weights by |w·g| averaged over steps', () => {
    const units = gradualPruningTransform({ ...options, sparsity: 0.5, granularity: 'unit' });
    const kernels = network(units, SHAPES);
    prune(units, kernels, 50);
    expect([...kernels.values()].map(kept)).toEqual([4, 4, 5]);

    const taylor = gradualPruningTransform({ ...options, startStep: 1, endStep: 2, interval: 1, score: 'taylor' });
    expect([0, 2, 3].map((step) => taylor.needsGradient!(step))).toEqual([true, true, false]);
    const scored = network(taylor, { only: [20, 5] });
    const { kernel } = scored.get('only')!;
    const averages = new Float64Array(100);
    for (const step of [0, 1, 2]) {
      const with_ = withGradients(scored, step + 1);
      const gradient = with_.get('only')!.gradient!.dataSync();
      kernel.dataSync().forEach((w, i) => {
        averages[i] = 0.9 * averages[i]! + 0.1 * Math.abs(w * gradient[i]!);
      });
      taylor.afterStep!(step, with_);
    }
    expectClose(scored.get('only')!.variables['taylor']!, [...averages], 1e-5);
    expect(kept(scored.get('only')!)).toBe(10);
  });

  it('refuses what is out of range by name', () => {
    expect(() => gradualPruningTransform({ ...options, endStep: 10 })).toThrow(
      'gradualPruningTransform: endStep must be an integer in [11, 2147483647], got 10',
    );
    expect(() => gradualPruningTransform({ ...options, allocation: 'x' as never })).toThrow(
      "allocation must be one of 'column', 'layer', 'erk', 'global', got 'x'",
    );
  });
});

describe('SNIP', () => {
  it('cuts by |first weight · gradient| after the first step and puts the kept weights back', () => {
    const transform = snipTransform({ sparsity: 0.7 });
    const kernels = network(transform, SHAPES);
    const first = [...kernels.values()].map(({ kernel }) => [...kernel.dataSync()]);
    const given = withGradients(kernels, 5);
    for (const { kernel } of kernels.values()) kernel.assign(tf.add(kernel, 1));
    transform.afterStep!(0, given);
    const scores = [...given.values()].flatMap(({ gradient }, i) =>
      [...gradient!.dataSync()].map((g, j) => Math.fround(Math.abs(Math.fround(g * first[i]![j]!)))),
    );
    const masks = [...kernels.values()].flatMap(maskOf);
    const total = scores.length;
    expect(masks.filter((value) => value === 0)).toHaveLength(Math.floor(0.7 * total + 1e-9));
    const [cut, left] = [0, 1].map((value) => scores.filter((_, i) => masks[i] === value));
    expect(Math.max(...cut!)).toBeLessThanOrEqual(Math.min(...left!));
    const expected = first.flat().map((weight, i) => (masks[i] ? weight : 0));
    // Adding zero makes -0 one.
    expect([...kernels.values()].flatMap(({ kernel }) => [...tf.add(kernel, 0).dataSync()])).toEqual(expected);
    transform.afterStep!(1, kernels);
    expect([...kernels.values()].flatMap(maskOf)).toEqual(masks);
    expect([0, 1].map((step) => transform.needsGradient!(step))).toEqual([true, false]);
  });
});

describe('Smallify', () => {
  it('remembers mean and variance of the sign as NumPy does, and turns switches off for good', () => {
    const transform = smallifyTransform({ lambda: 1, granularity: 'unit' });
    const kernels = network(transform, { only: [3, 4] });
    const { variables } = kernels.get('only')!;
    const own = variables as Record<'switch' | 'mask' | 'signMean' | 'signVariance', tf.Variable>;
    expect([...own.switch.dataSync()].every((value) => value >= 0 && value < 1)).toBe(true);
    own.switch.assign(tf.tensor1d(golden.smallify.first));
    own.signMean.assign(tf.ones([4]));
    for (const row of golden.smallify.rows) {
      own.switch.assign(tf.tensor1d(row.switch));
      transform.afterStep!(0, kernels);
      expectClose(own.signMean, row.mean);
      expectClose(own.signVariance, row.variance);
      expectClose(own.mask, row.mask, 0);
    }
    expect(golden.smallify.rows.at(-1)!.mask).toContain(0);
    expect(golden.smallify.rows.at(-1)!.mask).toContain(1);
    const context = { path: 'only', step: scalar(0), training: true, variables: own };
    const { mask, switch: last } = golden.smallify.rows.at(-1)!;
    expectClose(
      transform.apply(tf.ones([1, 4]), context),
      last.map((value, i) => value * mask[i]!),
    );
    const penalty = { step: scalar(0), training: true, variables: new Map([['only', own]]) };
    expectClose(transform.penalty!(new Map([['only', tf.variable(tf.ones([1, 4]))]]), penalty), [
      last.reduce((sum, value) => sum + Math.abs(value), 0),
    ]);
  });
});

describe('random pruning', () => {
  it('cuts exactly the asked share of every column, or of the columns, at random', () => {
    const weight = network(randomPruningTransform({ sparsity: 0.9, seed: 1 }), SHAPES);
    for (const entry of weight.values()) {
      const fanIn = entry.kernel.size / (entry.kernel.shape.at(-1) as number);
      expect(new Set(perColumn(entry))).toEqual(new Set([fanIn - Math.floor(0.9 * fanIn + 1e-9)]));
    }
    const unit = network(randomPruningTransform({ sparsity: 0.5, granularity: 'unit', seed: 1 }), SHAPES);
    expect([...unit.values()].map(kept)).toEqual([4, 4, 5]);
    const masks = (seed: number) =>
      [...network(randomPruningTransform({ sparsity: 0.9, seed }), SHAPES).values()].map(maskOf);
    expect(masks(1)).toEqual(masks(1));
    expect(masks(1)).not.toEqual(masks(2));
  });
});

describe('a fixed mask', () => {
  it('keeps what is not zero, or what it is told to', () => {
    const transform = fixedMaskTransform(new Map([['told', tf.tensor1d([1, 0, 1], 'bool')]]));
    const kernels = new Map<string, tf.Tensor>([
      ['told', tf.tensor1d([1, 2, 0])],
      ['found', tf.tensor1d([0, 2, 0])],
    ]);
    const mask = (path: string) => [
      ...transform.variables!({ path, kernel: kernels.get(path)!, kernels })['mask']!.initial.dataSync(),
    ];
    expect(mask('told')).toEqual([1, 0, 1]);
    expect(mask('found')).toEqual([0, 1, 0]);
  });
});

describe('Top-KAST', () => {
  it('shows the largest weights, and gives some more a gradient and a stronger pull', () => {
    const transform = topKastTransform({ sparsity: 0.5, backwardSparsity: 0.25, lambda: 0.1 });
    const kernel = tf.tensor2d([1, -8, 3, -4, 5, 6, 7, -2], [4, 2]);
    const declared = transform.variables!({ path: 'a', kernel, kernels: new Map() });
    const variables = { mask: declared['mask']!.initial, backward: declared['backward']!.initial };
    const context = { path: 'a', step: scalar(0), training: true, variables };
    expectClose(transform.apply(kernel, context), [0, -8, 0, 0, 5, 6, 7, 0], 0);
    const dy = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const gradient = tf.grad((w) => tf.sum(tf.mul(transform.apply(w, context), dy)))(kernel);
    const [seen, more] = [0.1, 0.1 / 0.5];
    expectClose(gradient, [0, 2 - 8 * seen, 3 + 3 * more, 4 - 4 * more, 5 + 5 * seen, 6 + 6 * seen, 7 + 7 * seen, 0]);
  });

  it('chooses anew after every interval, of the raw weights', () => {
    const transform = topKastTransform({ sparsity: 0.5, backwardSparsity: 0, interval: 3 });
    const kernels = network(transform, { only: [4, 4] });
    const { kernel } = kernels.get('only')!;
    const before = maskOf(kernels.get('only')!);
    kernel.assign(tf.randomNormal([4, 4], 0, 1, 'float32', 99));
    transform.afterStep!(0, kernels);
    expect(maskOf(kernels.get('only')!)).toEqual(before);
    transform.afterStep!(2, kernels);
    expect(maskOf(kernels.get('only')!)).not.toEqual(before);
    expect(kept(kernels.get('only')!)).toBe(8);
  });

  it('refuses a backward sparsity above the forward one', () => {
    expect(() => topKastTransform({ sparsity: 0.5, backwardSparsity: 0.6 })).toThrow(
      'topKastTransform: backwardSparsity must be in [0, sparsity = 0.5], got 0.6',
    );
  });
});
