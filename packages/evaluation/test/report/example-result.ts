import type { SweepResult, SweepRun } from '../../src/results/index.js';

const SPARSITIES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

function rows(asIs: readonly number[], reestimated: readonly number[]): SweepRun['rows'] {
  return SPARSITIES.map((sparsity, i) => ({ sparsity, asIs: asIs[i]! / 100, reestimated: reestimated[i]! / 100 }));
}

const plain: SweepRun = {
  label: 'plain',
  method: 'none',
  hyperparameters: {},
  seed: 0,
  trainSeconds: 61.2,
  testImages: 10000,
  raw: { asIs: 0.911, reestimated: 0.911 },
  rows: rows(
    [91.1, 91, 90.9, 90, 88, 83.3, 55, 21.4, 15.3, 9.6, 9.1],
    [91.1, 91.1, 91, 91, 90.9, 90.8, 90, 88.3, 85.7, 60.8, 27.9],
  ),
};

const ramped: SweepRun = {
  label: 'targeted dropout (ramped)',
  method: 'targeted-dropout',
  hyperparameters: { targetFraction: 0.9, dropRate: 0.95, ramp: true },
  seed: 0,
  trainSeconds: 64.8,
  testImages: 10000,
  raw: { asIs: 0.142, reestimated: 0.878 },
  masked: { asIs: 0.889, reestimated: 0.896, targetFraction: 0.9 },
  rows: rows(
    [14.2, 15, 16, 17, 17.5, 18.6, 20, 24.4, 67.9, 88.9, 28.3],
    [87.8, 87.9, 87.9, 88, 88, 88.1, 88.3, 88.5, 88.7, 89.6, 85],
  ),
};

/** A result like the demo's, made up for tests from the measurement in the method's notes. */
export const exampleResult: SweepResult = {
  format: 'winnow-sweep/1',
  created: '2025-01-02T03:04:05.000Z',
  command: 'winnow demo',
  dataset: 'Fashion-MNIST',
  model: 'ResNet-8 (16/32/64)',
  parameters: 77754,
  prunableParameters: 76800,
  epochs: 2,
  batchSize: 128,
  granularity: 'weight',
  environment: { cpu: 'Test CPU', cores: 2, node: '20.20.2', tensorflow: '2.21.0', isa: 'avx512', winnow: '0.1.0' },
  runs: [plain, ramped],
};

/** The same run with another seed: every accuracy shifted. */
export function shifted(run: SweepRun, seed: number, by: number): SweepRun {
  const move = <P extends { asIs: number; reestimated: number }>(pair: P): P => ({
    ...pair,
    asIs: Math.min(1, Math.max(0, pair.asIs + by)),
    reestimated: Math.min(1, Math.max(0, pair.reestimated + by)),
  });
  return {
    ...run,
    seed,
    raw: move(run.raw),
    ...(run.masked ? { masked: move(run.masked) } : {}),
    rows: run.rows.map(move),
  };
}

/** Three seeds of each label. */
export const seededResult: SweepResult = {
  ...exampleResult,
  runs: [plain, ramped].flatMap((run) => [run, shifted(run, 1, 0.01), shifted(run, 2, -0.004)]),
};
