/** What is done with a model after training. */

import assert from 'node:assert/strict';
import { allNodes, graphOf, type ModelLike } from '@winnow/graph';
import {
  type AppliedTransform,
  appliedTransform,
  asLayerHas,
  exportWeights,
  importWeights,
  type KernelSelection,
  loadModel,
  modelKernels,
  pytorchNames,
  unitsLast,
} from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { prune, prunedKernels, reestimateBatchNorm } from '@winnow/training';
import type { MethodCase } from './method-cases.js';
import { disposeModel, disposeZoo, predictions, saved, single, type ZooModel } from './zoo-model.js';

export interface After {
  readonly zoo: ZooModel;
  readonly method: MethodCase;
  readonly way: (zoo: ZooModel) => Promise<number[]>;
  readonly selection: KernelSelection;
  readonly applied: AppliedTransform | undefined;
}

const weightsOf = (model: tf.LayersModel) => model.weights.map((weight) => weight.read().dataSync() as Float32Array);

function close(got: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(got.length, expected.length);
  got.forEach((value, i) => {
    const difference = Math.abs(value - expected[i]!);
    assert.ok(difference <= 1e-5 * (1 + Math.abs(expected[i]!)), `${what}: ${value} in place of ${expected[i]}`);
  });
}

/** By name: tf.layers does not save that a nested model is frozen, which changes the order. */
function closeWeights(model: tf.LayersModel, expected: tf.LayersModel): void {
  const [got, wanted] = [exportWeights(model), exportWeights(expected)];
  assert.deepEqual([...got.keys()].sort(), [...wanted.keys()].sort());
  for (const [name, { values }] of wanted) close([...got.get(name)!.values], [...values], name);
}

/** Bakes the method, if there is one: that changes no prediction, unless a constraint has to be met once more. */
function baked({ zoo, applied }: After, expected: number[]): number[] {
  applied?.bake();
  const weights = zoo.model.weights as unknown as { constraint: { apply(value: tf.Tensor): tf.Tensor } | null }[];
  const constrained = weights.map(({ constraint }, i) => [constraint, zoo.model.weights[i]!] as const);
  let isConstrained = false;
  for (const [constraint, weight] of constrained) {
    if (constraint == null) continue;
    isConstrained = true;
    const met = tf.tidy(() => constraint.apply(weight.read()).dataSync());
    close([...weight.read().dataSync()], [...met], `the constraint of ${weight.originalName}`);
  }
  const now = predictions(zoo, zoo.model);
  if (!isConstrained) close(now, expected, 'bake');
  return now;
}

/** Stock tfjs loads what is saved, and predicts the same. */
async function sameInStock(zoo: ZooModel, expected: readonly number[], what: string): Promise<void> {
  const stock = await tf.loadLayersModel(await saved(zoo.model));
  assert.equal(appliedTransform(stock), undefined);
  close(predictions(zoo, stock), expected, what);
  disposeModel(stock);
}

async function saveAndLoad(after: After): Promise<void> {
  const { zoo, applied } = after;
  const { model } = zoo;
  const expected = predictions(zoo, model);
  assert.ok(expected.every(Number.isFinite), 'predictions');
  const loaded = await loadModel(await saved(model));
  close(predictions(zoo, loaded), expected, 'loadModel');
  const again = appliedTransform(loaded);
  assert.equal(again?.transform.name, applied?.transform.name);
  assert.deepEqual(
    again?.kernels.map(({ path }) => path),
    applied?.kernels.map(({ path }) => path),
  );
  again?.remove();
  disposeModel(loaded);
  // Stock tfjs reads the raw weights of a model with a method: those that are left once it is removed.
  const raw = await tf.loadLayersModel(await saved(model));
  closeWeights(raw, model);
  const rawPredictions = predictions(zoo, raw);
  disposeModel(raw);
  const unbaked = weightsOf(model).map((values) => values.slice());
  await sameInStock(zoo, baked(after, expected), 'stock tfjs');
  tf.tidy(() => {
    model.weights.forEach((weight, i) => {
      (weight.read() as tf.Variable).assign(tf.tensor(unbaked[i]!, weight.shape as number[]));
    });
  });
  close(predictions(zoo, model), rawPredictions, 'remove');
}

async function weightsRoundTrip({ zoo, applied }: After, make: () => ZooModel): Promise<void> {
  const { model } = zoo;
  applied?.bake();
  const arrays = exportWeights(model);
  assert.equal(arrays.size, model.weights.length);
  const other = make();
  importWeights(other.model, arrays);
  assert.deepEqual(weightsOf(other.model), weightsOf(model));
  close(predictions(zoo, other.model), predictions(zoo, model), 'importWeights');
  const names = pytorchNames((layer) => layer);
  const told = /^exportWeights: (the name map has no name for ')?[\w/]+[:']/;
  try {
    const theirs = exportWeights(model, names);
    const third = make();
    importWeights(third.model, theirs, names);
    assert.deepEqual(weightsOf(third.model), weightsOf(model));
    disposeZoo(third);
  } catch (error) {
    assert.ok(error instanceof RangeError && told.test(error.message), String(error));
    assert.throws(() => importWeights(other.model, new Map(), names), RangeError);
  }
  disposeZoo(other);
}

async function pruneIt({ zoo, method, selection, applied }: After): Promise<void> {
  const { model } = zoo;
  const { granularity } = method;
  const chosen = applied ? {} : selection;
  const { kernels } = prunedKernels(model, chosen);
  const untouched = modelKernels(model, zoo.custom).filter((one) => kernels.every(({ path }) => path !== one.path));
  const before = untouched.map(({ variable }) => variable.dataSync().slice());
  const pruned = prune(model, { sparsity: 0.5, granularity, ...chosen });
  assert.deepEqual(
    pruned.map(({ path }) => path),
    kernels.map(({ path }) => path),
  );
  const scope = granularity === 'unit' ? 'unit' : (applied?.transform.pruningScope ?? 'column');
  const scores = scope === 'unit' || applied?.transform.scores ? scope : 'column';
  checkKept(kernels, pruned, scores);
  applied?.bake();
  kernels.forEach(({ path, variable }, i) => {
    const zeros = variable.dataSync().filter((value) => value === 0).length;
    assert.ok(zeros >= pruned[i]!.weights - pruned[i]!.kept, `${path} has ${zeros} zeros`);
  });
  untouched.forEach(({ path, variable }, i) => void assert.deepEqual(variable.dataSync(), before[i], path));
  const expected = predictions(zoo, model);
  assert.ok(expected.every(Number.isFinite), 'predictions');
  await sameInStock(zoo, expected, 'a pruned model in stock tfjs');
}

/** Half of every column, of every kernel's units, of a kernel or of all together is cut, to the integer below. */
function checkKept(
  kernels: ReturnType<typeof prunedKernels>['kernels'],
  pruned: ReturnType<typeof prune>,
  scope: 'column' | 'unit' | 'layer' | 'global',
): void {
  const cut = pruned.map(({ weights, kept }) => weights - kept);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const half = (value: number) => Math.floor(value / 2);
  if (scope === 'global') {
    assert.equal(sum(cut), half(sum(pruned.map(({ weights }) => weights))));
    return;
  }
  kernels.forEach(({ path, variable, layout }, i) => {
    const seen = tf.tidy(() => unitsLast(variable, layout).shape);
    const units = seen.at(-1)!;
    const fanIn = variable.size / units;
    const expected = { column: units * half(fanIn), unit: fanIn * half(units), layer: half(variable.size) };
    assert.equal(cut[i], expected[scope], `${path}, ${scope}`);
  });
}

async function pruneAndKeep({ zoo, method, way, selection, applied }: After): Promise<void> {
  const { model } = zoo;
  const options = { ...selection, sparsity: 0.5, granularity: method.granularity, keep: true };
  if (applied) {
    const before = weightsOf(model).map((values) => values.slice());
    assert.throws(() => prune(model, options), new RegExp(`keep cannot go with method '${applied.transform.name}'`));
    assert.deepEqual(weightsOf(model), before, 'a refused prune changes nothing');
    applied.bake();
  }
  prune(model, options);
  const kept = appliedTransform(model)!;
  const masks = kept.kernels.map(({ path, layout, variable }) => {
    const mask = kept.variables.find((own) => own.path === path)!.variable;
    return tf.tidy(() => asLayerHas(mask, layout, variable.shape).dataSync().slice());
  });
  const before = weightsOf(model).map((values) => values.slice());
  const losses = await way(zoo);
  assert.ok(losses.every(Number.isFinite), `losses ${losses}`);
  kept.kernels.forEach(({ path, variable }, i) => {
    const moved = variable.dataSync().filter((value, at) => masks[i]![at] === 0 && value !== 0);
    assert.equal(moved.length, 0, `${path}: cut weights move`);
  });
  assert.notDeepEqual(weightsOf(model), before, 'nothing is trained');
  const expected = predictions(zoo, model);
  kept.remove();
  close(predictions(zoo, model), expected, 'remove');
  await sameInStock(zoo, expected, 'a pruned and trained model in stock tfjs');
}

async function reestimate(after: After): Promise<void> {
  const { zoo } = after;
  const { model, x } = zoo;
  const isStatistic = (at: number) => /moving_(mean|variance)/.test(model.weights[at]!.originalName);
  const before = weightsOf(model).map((values) => values.slice());
  const nodes = allNodes(graphOf(model as unknown as ModelLike));
  const norms = new Set(nodes.map(({ node }) => node.layer).filter(({ kind }) => kind === 'BatchNormalization'));
  const found = await reestimateBatchNorm(model, { x: single(x) }, { batches: 2, batchSize: 2 });
  assert.equal(found, norms.size);
  weightsOf(model).forEach((values, i) => {
    if (isStatistic(i)) assert.notDeepEqual(values, before[i], model.weights[i]!.originalName);
    else assert.deepEqual(values, before[i], model.weights[i]!.originalName);
  });
  const expected = predictions(zoo, model);
  assert.ok(expected.every(Number.isFinite), 'predictions');
  await sameInStock(zoo, baked(after, expected), 're-estimated, in stock tfjs');
}

type Use = (after: After, make: () => ZooModel) => Promise<void>;

export const afterwards: Readonly<Record<string, Use>> = {
  'save and load': saveAndLoad,
  'export and import': weightsRoundTrip,
  prune: pruneIt,
  'prune and train on': pruneAndKeep,
  reestimateBatchNorm: reestimate,
};
