/**
 * Methods with patterns, allocations, scores and schedules other than their own: what each leaves is what was asked
 * for.
 */

import { join } from 'node:path';
import { type Hyperparameters, resolveMethod } from '@winnow/baselines';
import { appliedTransform, loadModel } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { weightBits } from '../train/small-run.js';
import { STEPS, tinyModel, trainTiny } from './tiny-run.js';

const directory = temporaryFolder();

function create(name: string, given: Hyperparameters): tf.LayersModel {
  const { method, hyperparameters } = resolveMethod(name, given);
  return tinyModel(method.create(hyperparameters, { granularity: 'weight', seed: 4, totalSteps: STEPS }));
}

const gradual = { interval: 2, end: 0.6 };
const moving = { interval: 3, sparsity: 0.6 };
const cases: [string, Hyperparameters][] = [
  ['gradual-pruning', { ...gradual, pattern: '2:4', sparsity: 0.5, schedule: 'linear' }],
  ['gradual-pruning', { ...gradual, pattern: '4x4', allocation: 'global', sparsity: 0.6, score: 'saliency' }],
  ['gradual-pruning', { ...gradual, pattern: 'unit', allocation: 'erk', sparsity: 0.6, score: 'random' }],
  ['gradual-pruning', { ...gradual, pattern: 'column', allocation: 'uniform', score: 'gradient', schedule: 'ramp' }],
  ['random-pruning', { pattern: '1:4', sparsity: 0.75 }],
  ['random-pruning', { pattern: '4x4', sparsity: 0.6, allocation: 'erk' }],
  ['rigl', { ...moving, pattern: 'unit', schedule: 'linear' }],
  ['rigl', { ...moving, pattern: '4x4', allocation: 'uniform', schedule: 'constant' }],
  ['set', { ...moving, pattern: '3x2', schedule: 'cosine' }],
  ['srigl', { ...moving, schedule: 'cubic' }],
  ['snip', { pattern: '4x4', scope: 'erk', score: 'magnitude', sparsity: 0.6 }],
  ['snip', { pattern: 'unit', scope: 'uniform', score: 'random', sparsity: 0.5 }],
  ['top-kast', { pattern: '2:4', sparsity: 0.5, backward: 0.25 }],
  ['top-kast', { pattern: 'unit', allocation: 'erk', sparsity: 0.6, backward: 0.3 }],
  ['two-four', { pattern: '1:4' }],
  ['targeted-dropout', { pattern: '2:4', gamma: 0.5 }],
  ['targeted-dropout', { pattern: 'layer', schedule: 'cubic' }],
  ['targeted-dropout', { pattern: '4x4', gamma: 0.6, ramp: 0 }],
  ['xtreme-k', { schedule: 'cosine' }],
];

it.each(cases)('%s %o trains, resumes to the same bits, saves and loads, and has its pattern', async (name, given) => {
  const before = tf.memory().numTensors;
  const whole = create(name, given);
  await trainTiny(whole);
  const checkpoint = join(directory, `${name}-${Object.values(given).join('-').replaceAll(':', 'of')}`);
  const cut = create(name, given);
  await trainTiny(cut, { checkpoint, interruptAt: 6 });
  const resumed = create(name, given);
  await trainTiny(resumed, { checkpoint });
  expect(weightBits(resumed)).toEqual(weightBits(whole));
  await whole.save(`file://${checkpoint}-model`);
  const loaded = await loadModel(`file://${checkpoint}-model/model.json`);

  let [all, kept] = [0, 0];
  for (const model of [whole, loaded]) {
    const applied = appliedTransform(model)!;
    for (const kernel of applied.kernels) {
      const mask = applied.targetMask(kernel, 'weight')!;
      const units = kernel.variable.shape.at(-1)!;
      const values = [...mask.dataSync()];
      mask.dispose();
      all += values.length;
      kept += values.filter(Boolean).length;
      expectPattern(String(given['pattern']), values, units);
    }
  }
  const sparsity = given['sparsity'] ?? given['gamma'];
  // Blocks, columns and groups are as fine as the layers of a network this small allow.
  if (typeof sparsity === 'number') expect(Math.abs(1 - kept / all - sparsity)).toBeLessThan(0.12);
  expect(kept).toBeLessThan(all);

  for (const model of [whole, cut, resumed, loaded]) {
    appliedTransform(model)?.remove();
    model.dispose();
  }
  expect(tf.memory().numTensors).toBe(before);
});

function expectPattern(pattern: string, mask: readonly number[], units: number): void {
  const columns = Array.from({ length: units }, (_, column) => mask.filter((_, i) => i % units === column));
  const [n, m] = pattern.split(':').map(Number);
  const [rows, across] = pattern.split('x').map(Number);
  if (m !== undefined) {
    for (const column of columns) {
      for (let top = 0; top + m <= column.length; top += m) {
        expect(column.slice(top, top + m).filter(Boolean)).toHaveLength(n!);
      }
    }
  } else if (across !== undefined) {
    const blocks = new Map<string, Set<number>>();
    mask.forEach((value, i) => {
      const block = `${Math.floor(i / units / rows!)},${Math.floor((i % units) / across)}`;
      blocks.set(block, (blocks.get(block) ?? new Set()).add(value));
    });
    expect([...blocks.values()].every(({ size }) => size === 1)).toBe(true);
  } else if (pattern === 'unit') {
    expect(columns.every((column) => new Set(column).size === 1)).toBe(true);
  } else if (pattern === 'column') {
    expect(new Set(columns.map((column) => column.filter(Boolean).length)).size).toBe(1);
  }
}

it.each([
  ['rigl', { pattern: '2:4' }, "rigl: pattern must be one of layer, unit, RxC such as 4x4, got '2:4'"],
  ['gradual-pruning', { schedule: 'square' }, 'gradual-pruning: schedule must be one of constant, linear, ramp, cubic'],
  ['gradual-pruning', { pattern: 24 }, 'gradual-pruning: pattern must be one of weight, column, layer, unit, N:M such'],
  ['gradual-pruning', { pattern: '2:4' }, "gradualPruningTransform: sparsity must be 0.5 with pattern '2:4', got 0.9"],
  [
    'gradual-pruning',
    { pattern: '2:4', sparsity: 0.5, allocation: 'erk' },
    "gradualPruningTransform: allocation must be uniform with pattern '2:4', got 'erk'",
  ],
  [
    'gradual-pruning',
    { pattern: 'column', allocation: 'global' },
    "gradualPruningTransform: allocation must be uniform or erk with pattern 'column', got 'global'",
  ],
  ['random-pruning', { allocation: 'global' }, "allocation must be one of uniform, erk, got 'global'"],
  ['snip', { score: 'taylor' }, "snip: score must be one of saliency, magnitude, random, gradient, got 'taylor'"],
  ['top-kast', { pattern: '1:4' }, "topKastTransform: sparsity must be 0.75 with pattern '1:4', got 0.9"],
  ['two-four', { pattern: '4x4' }, "two-four: pattern must be N:M such as 2:4, got '4x4'"],
  ['targeted-dropout', { pattern: '2:4' }, "targetFraction must be 0.5 with pattern '2:4', got 0.9"],
  ['targeted-dropout', { pattern: 'layer', rescale: true }, "rescale must be false with pattern 'layer', got true"],
] as [string, Hyperparameters, string][])('%s %o is refused by name', (name, given, message) => {
  expect(() => create(name, given)).toThrow(message);
});
