import { makeSynthetic } from '@winnow/data';
import { type Experiment, findModel, runExperiment } from '@winnow/evaluation';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const plain = { label: 'plain', method: 'none', hyperparameters: {} };
const good: Experiment = {
  dataset: makeSynthetic({ train: 8, test: 4, height: 4, width: 4 }),
  model: findModel('mlp10'),
  arms: [plain],
  ...{ seeds: [0], epochs: 1, batchSize: 4, momentum: 0.9, weightDecay: 0, augment: {}, granularity: 'weight' },
  learningRate: { kind: 'constant', rate: 0.01 },
  ...{ sparsities: [0, 0.5], reestimateBatches: 1, command: 'a test' },
};

it.each<[string, Partial<Experiment>, string]>([
  ['no arms', { arms: [] }, 'arms must be at least one, got 0'],
  ['two arms that look the same', { arms: [plain, plain] }, "arms must be different ones, got 'plain' twice"],
  ['an arm without a name', { arms: [{ ...plain, label: '' }] }, 'arms must be different ones, got an empty label'],
  ['no seeds', { seeds: [] }, 'seeds must be different integers ≥ 0, got []'],
  ['one seed twice', { seeds: [1, 1] }, 'seeds must be different integers ≥ 0, got [1,1]'],
  ['no sparsities', { sparsities: [] }, 'sparsities must be rising fractions in [0, 1], got []'],
  ['falling sparsities', { sparsities: [0.9, 0.5] }, 'sparsities must be rising fractions in [0, 1], got [0.9,0.5]'],
  ['half a batch', { reestimateBatches: 0.5 }, 'reestimateBatches must be an integer ≥ 1, got 0.5'],
  [
    'one class',
    { dataset: { ...good.dataset, classes: ['a'] } },
    'dataset must be one of at least two classes, got 1 (a)',
  ],
])('an experiment with %s is refused before anything is trained', async (_what, change, message) => {
  const run = runExperiment({ ...good, ...change }, { workDirectory: temporaryFolder() });
  await expect(run).rejects.toThrow(new RangeError(`runExperiment: ${message}`));
});
