/**
 * What is ranked, which weights fall together, how much of each layer, and when: every combination, counted by plain
 * JavaScript.
 */

import {
  allocationNames,
  allocations,
  checkAxes,
  chooseMasks,
  findPattern,
  findSchedule,
  findScore,
  type MaskAxes,
  scheduleNames,
  schedules,
  scoreNames,
} from '@winnow/baselines';
import { prunedCount } from '@winnow/native/pruned-count';
import { topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SHAPES = [
  [3, 3, 2, 8],
  [10, 7],
  [21, 5],
];
const PATTERNS = ['column', 'layer', 'unit', '2:4', '1:3', '4x4', '3x2'];

let kernels: tf.Variable[];
let gradients: tf.Tensor[];
beforeAll(() => {
  kernels = SHAPES.map((shape, i) => tf.variable(tf.randomNormal(shape, 0, 1, 'float32', i + 1)));
  // A tenth of all weights is zero, so that scores have ties.
  for (const kernel of kernels) kernel.assign(tf.where(tf.less(tf.abs(kernel), 0.15), tf.zerosLike(kernel), kernel));
  gradients = SHAPES.map((shape, i) => tf.randomNormal(shape, 0, 1, 'float32', i + 11));
});
afterAll(() => tf.dispose([kernels, gradients]));

const scoresOf = (name: string) => {
  const score = findScore('test', name);
  return kernels.map((kernel, i) => {
    const own = Object.entries(score.variables?.(kernel) ?? {});
    const variables = Object.fromEntries(own.map(([key, { initial }]) => [key, tf.variable(initial)]));
    score.remember?.(kernel, gradients[i]!, variables);
    return score.of({ path: `layer${i}`, kernel, gradient: gradients[i]!, variables, seed: 3, step: 5 });
  });
};

interface Matrix {
  fanIn: number;
  units: number;
  at(row: number, column: number): number;
}
function matrix(tensor: tf.Tensor, shape: readonly number[]): Matrix {
  const values = tf.broadcastTo(tensor, shape as number[]).dataSync();
  const units = shape.at(-1)!;
  return { fanIn: values.length / units, units, at: (row, column) => values[row * units + column]! };
}

/** The weights that fall together, as lists of places in the matrix; ranked among the groups of one list. */
function groupsOf(pattern: string, { fanIn, units }: Pick<Matrix, 'fanIn' | 'units'>): number[][][] {
  const columns = Array.from({ length: units }, (_, column) =>
    Array.from({ length: fanIn }, (_, row) => row * units + column),
  );
  const singly = (places: number[]) => places.map((place) => [place]);
  const m = pattern.split(':').map(Number)[1];
  if (m !== undefined) {
    return columns.flatMap((places) =>
      Array.from({ length: Math.ceil(fanIn / m) }, (_, i) => singly(places.slice(i * m, (i + 1) * m))),
    );
  }
  const [rows, across] = pattern.split('x').map(Number);
  if (across !== undefined) {
    const blocks = new Map<string, number[]>();
    for (const place of columns.flat().sort((a, b) => a - b)) {
      const block = `${Math.floor(place / units / rows!)},${Math.floor((place % units) / across)}`;
      blocks.set(block, [...(blocks.get(block) ?? []), place]);
    }
    return [[...blocks.values()]];
  }
  if (pattern === 'column') return columns.map(singly);
  if (pattern === 'unit') return [columns];
  return [singly(columns.flat().sort((a, b) => a - b))];
}

/**
 * Every mask has whole groups, cuts the asked number of them where it is asked, and none that ranks above one it keeps.
 */
function expectMasks(axes: MaskAxes, now: number, scores: tf.Tensor[], masks: tf.Tensor[]): void {
  const { pattern, allocation, sparsity } = axes;
  const last = allocations[allocation].shares(SHAPES, sparsity);
  let [all, cutInAll] = [0, 0];
  let [strongestCut, weakestKept] = [-1, Number.POSITIVE_INFINITY];
  for (const [i, mask] of masks.entries()) {
    expect(mask.shape).toEqual(pattern.name === 'unit' ? SHAPES[i]!.slice(-1) : SHAPES[i]);
    const [kept, score] = [matrix(mask, SHAPES[i]!), matrix(scores[i]!, SHAPES[i]!)];
    const of = (from: Matrix, place: number) => from.at(Math.floor(place / from.units), place % from.units);
    for (const list of groupsOf(pattern.name, kept)) {
      const groups = list.map((places) => {
        const values = new Set(places.map((place) => of(kept, place)));
        expect(values.size, 'a group falls or stays as a whole').toBe(1);
        const square = places.reduce((sum, place) => sum + of(score, place) ** 2, 0);
        return { isKept: values.has(1), norm: Math.sqrt(square) };
      });
      const cut = groups.filter(({ isKept }) => !isKept);
      const stay = groups.filter(({ isKept }) => isKept);
      all += groups.length;
      cutInAll += cut.length;
      if (last === undefined) {
        strongestCut = Math.max(strongestCut, ...cut.map(({ norm }) => norm));
        weakestKept = Math.min(weakestKept, ...stay.map(({ norm }) => norm));
        continue;
      }
      const share = sparsity === 0 ? 0 : Math.min(1, (last[i]! * now) / sparsity);
      expect(cut.length, `${pattern.name} ${allocation} ${now}`).toBe(prunedCount(share, groups.length));
      const [most, least] = [Math.max(-1, ...cut.map((g) => g.norm)), Math.min(...stay.map((g) => g.norm))];
      expect(most).toBeLessThanOrEqual(least * (1 + 1e-5));
    }
  }
  if (last !== undefined) return;
  expect(cutInAll).toBe(prunedCount(now, all));
  expect(strongestCut).toBeLessThanOrEqual(weakestKept * (1 + 1e-5));
}

describe.each(PATTERNS)('pattern %s', (name) => {
  const pattern = findPattern('test', name);

  it.each(allocationNames)(
    'with allocation %s: every score and schedule cuts exactly what it should, or none does',
    (allocation) => {
      const sparsity = pattern.sparsity ?? 0.6;
      if (!pattern.allocations.includes(allocation)) {
        expect(() => checkAxes('op', { pattern, allocation, sparsity })).toThrow(
          `op: allocation must be ${pattern.allocations.join(' or ')} with pattern '${name}', got '${allocation}'`,
        );
        return;
      }
      const axes = checkAxes('op', { pattern, allocation, sparsity });
      const tensors = tf.memory().numTensors;
      tf.tidy(() => {
        for (const scoreName of scoreNames) {
          const scores = scoresOf(scoreName);
          for (const scheduleName of scheduleNames) {
            const schedule = findSchedule('op', scheduleName);
            let within: tf.Tensor[] | undefined;
            for (const step of [0, 3, 7, 10, 30]) {
              const now = sparsity * schedule.rise(step, 10);
              const masks = chooseMasks(scores, axes, { now });
              expectMasks(axes, now, scores, masks);
              // Within what was kept before, of the same scores: the same masks.
              const again = chooseMasks(scores, axes, { now, ...(within && { within }) });
              expect(again.map((mask) => [...mask.dataSync()])).toEqual(masks.map((mask) => [...mask.dataSync()]));
              within = masks;
            }
          }
        }
      });
      // Variables of scores are no part of a tidy.
      expect(tf.memory().numTensors - tensors).toBe(
        scoreNames.filter((one) => one === 'taylor').length * SHAPES.length,
      );
    },
  );

  it('what was cut stays cut when other weights have become weaker', () => {
    const axes = checkAxes('op', { pattern, allocation: 'uniform', sparsity: pattern.sparsity ?? 0.6 });
    const before = chooseMasks(scoresOf('magnitude'), axes, { now: axes.sparsity / 2 });
    const after = chooseMasks(scoresOf('random'), axes, { within: before });
    after.forEach((mask, i) => {
      const old = before[i]!.dataSync();
      expect([...mask.dataSync()].every((value, j) => value <= old[j]!)).toBe(true);
    });
    expectMasks(axes, axes.sparsity, scoresOf('random'), chooseMasks(scoresOf('random'), axes));
  });

  it('breaks ties by the lower index, refuses NaN, knows nothing and everything', () => {
    const axes: MaskAxes = { pattern, allocation: 'uniform', sparsity: pattern.sparsity ?? 0.5 };
    const [tied] = chooseMasks([tf.ones([8, 8])], axes) as [tf.Tensor];
    const values = [...tf.broadcastTo(tied, [8, 8]).dataSync()];
    for (const list of groupsOf(name, { fanIn: 8, units: 8 })) {
      // Blocks at an edge hold less, and so are weaker.
      if (new Set(list.map(({ length }) => length)).size > 1) continue;
      const kept = list.map((places) => values[places[0]!]!);
      expect(kept).toEqual([...kept].sort((a, b) => a - b));
    }
    const nan = tf.tensor2d([1, Number.NaN, 3, 4, 5, 6, 7, 8], [4, 2]);
    expect(() => chooseMasks([nan], axes)).toThrow(/must not contain NaN/);
    const nothing = chooseMasks([tf.ones([8, 8])], axes, { now: 0 })[0]!;
    expect([...nothing.dataSync()].every((value) => value === 1)).toBe(true);
    if (pattern.sparsity === undefined) {
      const everything = chooseMasks([tf.ones([8, 8])], { ...axes, sparsity: 1 })[0]!;
      expect([...everything.dataSync()].every((value) => value === 0)).toBe(true);
    }
    for (const shape of [
      [0, 4],
      [4, 0],
    ]) {
      const [mask] = chooseMasks([tf.zeros(shape)], axes) as [tf.Tensor];
      expect(mask.shape).toEqual(name === 'unit' ? [shape[1]] : shape);
    }
    expect(chooseMasks([], axes)).toEqual([]);
  });
});

it('ranks |w| by 2:4 and blocks as the native operation does, at odd edges too', () => {
  for (const shape of [
    [16, 6],
    [3, 3, 3, 5],
    [7, 9],
    [2, 3],
  ]) {
    const kernel = tf.randomNormal(shape, 0, 1, 'float32', 4);
    for (const [name, native] of [
      ['2:4', { pattern: '2:4' }],
      ['4x4', { pattern: { block: [4, 4] }, sparsity: 0.5 }],
    ] as const) {
      const axes: MaskAxes = { pattern: findPattern('test', name), allocation: 'uniform', sparsity: 0.5 };
      const [mask] = chooseMasks([tf.abs(kernel)], axes) as [tf.Tensor];
      expect([...mask.dataSync()], `${name} ${shape}`).toEqual([...topKMask(kernel, native).dataSync()]);
    }
  }
});

describe('schedules', () => {
  it.each(Object.entries(schedules))('%s: rises from nothing to all and falls back, and stays', (name, schedule) => {
    const steps = Array.from({ length: 41 }, (_, i) => i);
    for (const of of [schedule.rise, schedule.fall]) {
      const values = steps.map((step) => of(step, 40));
      const sign = of === schedule.rise ? 1 : -1;
      expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(values.every((value, i) => i === 0 || sign * (value - values[i - 1]!) >= -1e-12)).toBe(true);
    }
    expect([schedule.rise(-1, 40), schedule.rise(40, 40), schedule.rise(1e9, 40)]).toEqual([0, 1, 1]);
    expect(schedule.fall(-1, 40)).toBe(1);
    if (name === 'constant') return;
    expect(schedule.rise(0, 40)).toBeCloseTo(0, 12);
    expect([schedule.fall(40, 40), schedule.fall(1e9, 40)]).toEqual([0, 0]);
    expect(schedule.rise(20, 40) + schedule.fall(20, 40)).toBeCloseTo(1, 12);
  });
});

describe('names', () => {
  it.each([
    [
      () => findPattern('op', '4:2'),
      "op: pattern must be one of column, layer, unit, N:M such as 2:4, RxC such as 4x4, got '4:2'",
    ],
    [() => findPattern('op', '0x4'), "got '0x4'"],
    [() => findPattern('op', 24), 'got 24'],
    [() => findPattern('op', 'unit', ['N:M']), "op: pattern must be N:M such as 2:4, got 'unit'"],
    [
      () => findSchedule('op', 'square'),
      "op: schedule must be one of 'constant', 'linear', 'ramp', 'cubic', 'cosine', got 'square'",
    ],
    [
      () => findScore('op', 'log-alpha'),
      "op: score must be one of 'magnitude', 'random', 'gradient', 'saliency', 'taylor', got",
    ],
    [
      () => checkAxes('op', { pattern: findPattern('op', '2:4'), allocation: 'uniform', sparsity: 0.9 }),
      "op: sparsity must be 0.5 with pattern '2:4', got 0.9",
    ],
    [
      () => checkAxes('op', { pattern: findPattern('op', 'layer'), allocation: 'latency' as never, sparsity: 0.9 }),
      "op: allocation must be one of 'uniform', 'erk', 'global', got 'latency'",
    ],
    [
      () =>
        scoresOf('gradient') && findScore('op', 'gradient').of({ path: 'a', kernel: kernels[0]!, seed: 0, step: 0 }),
      "score 'gradient': gradient of 'a' must be a tensor, got undefined",
    ],
  ])('that are wrong are refused with those there are: %#', (call, message) => {
    expect(call).toThrow(message);
  });

  it('takes as many digits of 1:3 as one types, and means the third', () => {
    const pattern = findPattern('op', '1:3');
    for (const sparsity of [0.667, 0.6667, 2 / 3]) {
      expect(checkAxes('op', { pattern, allocation: 'uniform', sparsity }).sparsity).toBe(2 / 3);
    }
  });
});
