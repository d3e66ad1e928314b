/** One model of the zoo with one method, trained in one way and then used in one way: what has to hold of that. */

import assert from 'node:assert/strict';
import {
  type AppliedTransform,
  appliedTransform,
  applyTransform,
  type KernelSelection,
  modelKernels,
} from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { iterativePruning } from '@winnow/training';
import { type After, afterwards } from './afterwards.js';
import type { MethodCase } from './method-cases.js';
import { ways } from './ways.js';
import { disposeZoo, type ZooModel } from './zoo-model.js';

export interface CrossCase {
  readonly make: () => ZooModel;
  readonly method: MethodCase;
  readonly way: string;
  readonly after: string;
  /** Whether the method is asked to take all kernels, or those that it takes by default. */
  readonly takes: 'all' | 'default';
}

/** Variables that no training may change, with their values. */
type Values = ReadonlyMap<tf.Variable, Float32Array>;

/** @throws AssertionError, or what the library throws, if something is not right */
export async function runCase({ make, method, way, after, takes }: CrossCase): Promise<void> {
  const before = tf.memory().numTensors;
  const zoo = make();
  const { model, custom } = zoo;
  const selection: KernelSelection = {
    ...(takes === 'all' && { include: ['**'] }),
    ...(Object.keys(custom ?? {}).length > 0 && { custom }),
  };
  const frozen = frozenValues(model);
  const train = ways[way]!;
  const losses: number[] = [];
  const trained = async () => void losses.push(...(await train(zoo)));
  const transform = method.create();
  if (method.iterative) {
    const { granularity, iterative: weights } = method;
    await iterativePruning(model, { ...selection, sparsity: 0.5, rounds: 2, granularity, weights, train: trained });
  } else {
    const applied = transform && applyOrRefuse(zoo, transform, selection);
    if (applied === 'refused') {
      disposeZoo(zoo);
      return;
    }
    if (applied) checkSelection(zoo, applied, takes);
    await trained();
    if (applied) checkMasks(applied);
  }
  assert.ok(losses.length > 0 && losses.every(Number.isFinite), `losses ${losses}`);
  checkWeights(model, frozen);
  const use: After = { zoo, method, way: train, selection, applied: appliedTransform(model) };
  await afterwards[after]!(use, make);
  checkWeights(model, frozen);
  appliedTransform(model)?.remove();
  disposeZoo(zoo);
  assert.equal(tf.memory().numTensors, before, 'tensors are left behind');
}

/** Variables that the model does not train, BatchNorm's statistics aside. */
function frozenValues(model: tf.LayersModel): Values {
  const trained = new Set(model.trainableWeights);
  const kept = model.weights.filter((weight) => !trained.has(weight) && !/moving_/.test(weight.originalName));
  return new Map(kept.map((weight) => [weight.read() as tf.Variable, weight.read().dataSync() as Float32Array]));
}

function checkWeights(model: tf.LayersModel, frozen: Values): void {
  for (const weight of model.weights) {
    assert.ok(weight.read().dataSync().every(Number.isFinite), `${weight.originalName} is not finite`);
  }
  for (const [variable, values] of frozen) {
    if (!variable.isDisposed) assert.deepEqual(variable.dataSync(), values, `${variable.name} is frozen`);
  }
}

/** A method that computes layers itself is refused by name where it can compute none. */
function applyOrRefuse({ model }: ZooModel, transform: WeightTransform, selection: KernelSelection) {
  try {
    return applyTransform(model, transform, selection);
  } catch (error) {
    const why = new RegExp(`no kernel is selected of .*method '${transform.name}' computes the layer itself`);
    assert.match((error as Error).message, why);
    assert.ok(transform.forward);
    return 'refused';
  }
}

/** Every kernel is taken, or listed with the reason why not. */
function checkSelection({ model, custom }: ZooModel, applied: AppliedTransform, takes: string): void {
  const taken = applied.kernels.map(({ path }) => path);
  const skipped = applied.skipped.map(({ path }) => path);
  for (const { path, why } of applied.skipped) assert.ok(why.length > 5, `${path}: ${why}`);
  for (const { path, trainable } of modelKernels(model, custom)) {
    const isTaken = taken.includes(path);
    assert.notEqual(isTaken, skipped.includes(path), `${path} is ${isTaken ? 'taken and skipped' : 'neither'}`);
    if (!trainable) assert.ok(!isTaken, `${path} is frozen`);
  }
  if (takes === 'all' && applied.transform.forward === undefined) {
    const left = applied.skipped.filter(({ why }) => !/^frozen|no stock layer/.test(why));
    assert.deepEqual(left, []);
  }
}

/** A mask is of zeros and ones, cuts something, and what evaluation sees has a zero wherever it has one. */
function checkMasks(applied: AppliedTransform): void {
  const masks = applied.variables.filter(({ name }) => name === 'mask');
  let [kept, all] = [0, 0];
  for (const { path, variable } of masks) {
    const kernel = applied.kernels.find((one) => one.path === path)!;
    const mask = variable.dataSync();
    assert.ok(
      mask.every((value) => value === 0 || value === 1),
      `the mask of ${path}`,
    );
    const seen = applied.evaluated(kernel);
    const share = kernel.variable.size / variable.size;
    const nonzero = seen.dataSync().filter((value) => value !== 0).length;
    seen.dispose();
    const ones = [...mask].reduce((sum, value) => sum + value, 0) * share;
    assert.ok(nonzero <= ones, `${path}: ${nonzero} weights are seen, ${ones} are kept`);
    [kept, all] = [kept + ones, all + kernel.variable.size];
  }
  const { name } = applied.transform;
  // Smallify turns off what wavers; in three steps that may be nothing.
  if (masks.length > 0 && name !== 'smallify') assert.ok(kept < all, `${name} cuts nothing of ${all}`);
}
