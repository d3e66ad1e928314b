/** Bad arguments of pruning, observers and `trainTask` are named, with what they must be, and change no weight. */

import { sgd } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import {
  evaluate,
  iterativePruning,
  prune,
  RunLog,
  snapshotWeights,
  sparsitySweep,
  TensorBoard,
  TrainingProgress,
  trainTask,
} from '@winnow/training';
import { expect, it } from 'vitest';
import { lineTask } from './train/line-task.js';
import { perceptron, weightsOf } from './train/own-models.js';
import { smallDataset } from './train/small-run.js';

const bad = (value: unknown) => value as never;

it('prune', () => {
  const model = perceptron(1);
  const before = weightsOf(model);
  expect(() => prune(model, bad(undefined))).toThrow(new TypeError('prune: options must be an object, got undefined'));
  expect(() => prune(model, bad(0.9))).toThrow(new TypeError('prune: options must be an object, got 0.9'));
  expect(() => prune(model, bad({}))).toThrow("prune: sparsity must be a number in [0, 1] or 'target', got undefined");
  expect(() => prune(model, bad({ sparsity: 0.9, granularty: 'unit' }))).toThrow("did you mean 'granularity'?");
  expect(() => prune(model, bad({ sparsity: 0.9, granularity: 'row' }))).toThrow(
    "must be 'weight' or 'unit', got 'row'",
  );
  expect(() => prune(bad(null), { sparsity: 0.9 })).toThrow('prune: model must be a tf.LayersModel, got null');
  expect(weightsOf(model)).toEqual(before);
  model.dispose();
  expect(() => prune(model, { sparsity: 0.9 })).toThrow('prune: model must not be disposed');
  expect(() => snapshotWeights(model)).toThrow('snapshotWeights: model must not be disposed');
});

it('iterativePruning, sparsitySweep and evaluate', async () => {
  const model = perceptron(1);
  const options = { sparsity: 0.5, rounds: 1, train: async () => undefined };
  await expect(iterativePruning(model, bad(undefined))).rejects.toThrow('iterativePruning: options must be an object');
  await expect(iterativePruning(model, bad({ ...options, train: 1 }))).rejects.toThrow(
    'train must be a function, got 1',
  );
  await expect(iterativePruning(model, bad({ ...options, weights: 'rewnd' }))).rejects.toThrow(
    "iterativePruning: weights must be 'fine-tune', 'rewind' or a snapshot, got \"rewnd\"",
  );
  await expect(sparsitySweep(model, smallDataset, bad({}))).rejects.toThrow(
    'sparsitySweep: sparsities must be an array',
  );
  await expect(sparsitySweep(model, bad(undefined), { sparsities: [0] })).rejects.toThrow(
    'sparsitySweep: dataset.train must be an image split',
  );
  await expect(evaluate(model, bad(undefined))).rejects.toThrow('evaluate: data must be an image split, {x, y} or');
  await expect(evaluate(model, bad(tf.zeros([2, 3])))).rejects.toThrow('got a tensor');
});

it('observers', () => {
  expect(() => new TensorBoard(bad(undefined))).toThrow('TensorBoard: options must be an object, got undefined');
  expect(() => new TensorBoard(bad({ dir: 'x' }))).toThrow("TensorBoard: options has no 'dir'");
  expect(() => new TensorBoard(bad({}))).toThrow('TensorBoard: directory must be a string, got undefined');
  expect(() => new RunLog(bad(undefined))).toThrow('RunLog: file must be a string, got undefined');
  expect(() => new RunLog('log.jsonl', bad({ everyStep: 1 }))).toThrow("did you mean 'everySteps'?");
  expect(() => new TrainingProgress(bad('title'))).toThrow("TrainingProgress: options must be an object, got 'title'");
});

it('trainTask', async () => {
  const task = lineTask({ batchSize: 8 });
  const options = { epochs: 1, learningRate: { kind: 'constant', rate: 0.1 }, optimizer: sgd() } as const;
  const call = (...given: unknown[]) => (trainTask as (...rest: unknown[]) => Promise<unknown>)(...given);
  await expect(call(undefined, options)).rejects.toThrow('trainTask: task must have batches and loss, got undefined');
  await expect(call(task, undefined)).rejects.toThrow('trainTask: options must be an object, got undefined');
  await expect(call(task, { ...options, optimizer: 'sgd' })).rejects.toThrow(
    'optimizer must be sgd or adam of @winnow/ops',
  );
  await expect(call(task, { ...options, learningRate: 0.1 })).rejects.toThrow(
    "trainTask: learningRate must be a schedule, as {kind: 'constant', rate: 0.1}, got 0.1",
  );
  await expect(call(task, { ...options, evaluateEvry: 1 })).rejects.toThrow("did you mean 'evaluateEvery'?");
  task.dispose();
});
