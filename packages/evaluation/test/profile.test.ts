/** `winnow profile`, in this process: what it prints is what a training step does. */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { randomPruningTransform } from '@winnow/baselines';
import { applyTransform } from '@winnow/models';
import { useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { makeOptimizer, timedSteps } from '@winnow/training';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { profileModel } from '../src/profile/profile-model.js';
import { type ProfileResult, parseProfileResult } from '../src/profile/profile-result.js';
import { profileTable } from '../src/profile/profile-table.js';
import { syntheticBatch, syntheticTask } from '../src/profile/synthetic-step.js';
import { runCommand } from './cli/run-command.js';

const folder = temporaryFolder();
afterAll(() => useFastGradients()());

/** Standard output of a command. */
async function outputOf(...words: string[]): Promise<string> {
  let text = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    text += part;
    return true;
  });
  try {
    await runCommand(['profile', ...words]);
  } finally {
    spy.mockRestore();
  }
  return text;
}

const profile = async (...words: string[]): Promise<ProfileResult> =>
  parseProfileResult(await outputOf(...words, '--json', '--rounds', '1'), 'the output');

/** A convolution of each kind that is told apart, linear layers, and one that has no sparse form. */
function mixedModel(): tf.LayersModel {
  const input = tf.input({ shape: [8, 8, 3], name: 'image' });
  const conv = (name: string, more: object = {}) =>
    tf.layers.conv2d({ name, filters: 16, kernelSize: 3, padding: 'same', ...more });
  const layers = [
    conv('first'),
    conv('plain'),
    tf.layers.dense({ name: 'mapped', units: 256, activation: 'relu' }),
    conv('pointwise', { kernelSize: 1, activation: 'relu' }),
    conv('strided', { strides: 2, filters: 8 }),
    conv('turned', { dataFormat: 'channelsFirst' }),
    tf.layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 3 }),
    tf.layers.flatten(),
    tf.layers.dense({ name: 'hidden', units: 12 }),
    tf.layers.dense({ name: 'logits', units: 4 }),
  ];
  const output = layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input);
  return tf.model({ inputs: input, outputs: output, name: 'mixed' });
}

/** The operations of a training step under `auto` that are told to leave weights out. */
function sparseOperations(model: tf.LayersModel): string[] {
  const names: string[] = [];
  const backend = tf.engine().backend as unknown as Record<'executeSingleOutput', (...given: unknown[]) => unknown>;
  const stock = backend.executeSingleOutput;
  backend.executeSingleOutput = function (...given) {
    const [name, attributes] = given as [string, { name: string; value: unknown }[]];
    const isSparse = attributes.some((one) => one.name === 'execution' && one.value === 'sparse');
    const isOfKept = name === 'WinnowConv2dKeptFilterGrad' || name.startsWith('WinnowMaskedLinear');
    if (isSparse || isOfKept) names.push(name);
    return stock.apply(this, given);
  };
  useFastGradients({ execution: 'auto' });
  const task = syntheticTask(model);
  const batch = syntheticBatch(model, [[16, 8, 8, 3]], 0);
  const optimizer = makeOptimizer({}, task.transform);
  try {
    timedSteps(task, batch, optimizer, { start: 8, count: 1, learningRate: 1e-5 });
    return names;
  } finally {
    delete (backend as Partial<typeof backend>).executeSingleOutput;
    optimizer.dispose();
    tf.dispose(batch);
  }
}

describe('profileModel', () => {
  let result: ProfileResult;
  /** Operations of a step under `auto` that leave weights out, by name. */
  let leavingOut: string[] = [];
  beforeAll(async () => {
    const model = mixedModel();
    // Few enough for some passes, too many for others.
    applyTransform(model, randomPruningTransform({ sparsity: 0.84, seed: 1 }), { exclude: ['turned'] });
    const profiled = { title: 'mixed', model, method: 'random-pruning', inputs: [[16, 8, 8, 3]] };
    result = await profileModel(profiled, { rounds: 2, seed: 0 }, 'winnow profile mixed');
    const { numTensors } = tf.memory();
    await profileModel(profiled, { rounds: 3, seed: 0 }, 'winnow profile mixed');
    expect(tf.memory().numTensors).toBe(numTensors);
    leavingOut = sparseOperations(model);
    model.dispose();
  });

  const layer = (name: string) => result.layers.find(({ path }) => path.startsWith(`${name}/`))!;

  it('lists every layer with a kernel, with the choice for each pass, both times and the reason', () => {
    expect(result.layers.map(({ path }) => path.split('/')[0])).toEqual([
      ...['first', 'plain', 'mapped', 'pointwise', 'strided', 'turned', 'depthwise', 'hidden', 'logits'],
    ]);
    const [plain, mapped] = [layer('plain'), layer('mapped')];
    expect(plain).toMatchObject({ kind: 'Conv2D', kernel: [3, 3, 16, 16], input: [16, 8, 8, 16] });
    expect(mapped).toMatchObject({ kind: 'Dense', kernel: [16, 256], input: [16, 8, 8, 16] });
    for (const { density, forward, inputGradient, filterGradient } of [plain, mapped]) {
      expect(density).toBeCloseTo(0.16, 1);
      for (const pass of [forward, inputGradient!, filterGradient]) {
        expect(pass).toMatchObject({ sparse: true, reason: 'sparse-enough' });
        expect(pass.milliseconds.dense).toBeGreaterThan(0);
        expect(pass.milliseconds.sparse).toBeGreaterThan(0);
      }
    }
    expect(mapped.forward.explanation).toContain('oneDNN for 1024 rows of 16 to 256 features');
    expect(plain.forward.explanation).toMatch(/% of the weights are left.*Winograd's algorithm/);
    expect(layer('strided').forward.explanation).toContain('oneDNN');
  });

  it('says of layers that are not handled that they are not, and why', () => {
    expect(layer('first')).toMatchObject({ inputGradient: null, forward: { sparse: false, reason: 'nothing-cut' } });
    expect(layer('first').notes).toEqual([
      "The method cuts no weights of it (the first convolution after input 'image').",
    ]);
    for (const [name, what] of [
      ['turned', 'convolutions with channels first'],
      ['depthwise', 'layers of type DepthwiseConv2D'],
    ] as const) {
      const { forward, filterGradient, notes } = layer(name);
      expect(forward).toMatchObject({
        sparse: false,
        reason: 'not-handled',
        milliseconds: { dense: null, sparse: null },
      });
      expect(filterGradient.reason).toBe('not-handled');
      expect(notes).toEqual([`There is no sparse form of ${what}.`]);
    }
    expect(layer('hidden').notes.join()).toMatch(/^Too small a kernel: \d+ weights, of at least 4096/);
    expect(layer('hidden').density).toBeCloseTo(0.16, 1);
    expect(layer('logits').forward.reason).toBe('nothing-cut');
    expect(layer('turned').density).toBe(1);
  });

  it('prints the choices that a training step takes', () => {
    const chosen = (pass: 'forward' | 'inputGradient' | 'filterGradient') =>
      result.layers.filter((one) => one.kind === 'Conv2D' && one[pass]?.sparse).length;
    const taken = (name: string) => leavingOut.filter((one) => one === name).length;
    expect([chosen('forward'), chosen('inputGradient'), chosen('filterGradient')]).toEqual([3, 3, 1]);
    expect(taken('WinnowConv2d')).toBe(chosen('forward'));
    expect(taken('WinnowConv2dInputGrad')).toBe(chosen('inputGradient'));
    expect(taken('WinnowConv2dKeptFilterGrad')).toBe(chosen('filterGradient'));
    expect(taken('WinnowMaskedLinearInputGrad')).toBe(1);
    expect(taken('WinnowMaskedLinearKernelGrad')).toBe(1);
    expect(layer('strided').notes.join()).toMatch(/^Filter gradient: Too dense: 1[67](\.\d)? % of the weights/);
  });

  it('sums up what auto chose, and measures whole steps', () => {
    const { layers, step } = result.milliseconds;
    const all = result.layers.flatMap(({ forward, inputGradient, filterGradient }) =>
      [forward, inputGradient, filterGradient].flatMap((pass) => pass ?? []),
    );
    const sum = (of: (pass: (typeof all)[number]) => number | null) =>
      all.reduce((total, pass) => total + (of(pass) ?? 0), 0);
    expect(layers.dense).toBeCloseTo(sum(({ milliseconds }) => milliseconds.dense));
    expect(layers.auto).toBeCloseTo(
      sum(({ sparse, milliseconds }) => (sparse ? milliseconds.sparse : milliseconds.dense)),
    );
    expect(step.dense).toBeGreaterThan(0);
    expect(step.auto).toBeGreaterThan(0);
  });

  it('makes a table of it, each reason once', () => {
    const table = profileTable(result);
    expect(table).toMatch(/^mixed, method random-pruning, input 16×8×8×3\./);
    expect(table).toMatch(/^plain +Conv2D +3×3×16×16 +\d+\.\d % +sparse +[\d.]+ +[\d.]+ +sparse/m);
    expect(table).toMatch(/^turned +Conv2D .* 100\.0 % +dense +– +– +dense/m);
    expect(table.split('There is no sparse form of layers of type DepthwiseConv2D.')).toHaveLength(2);
    expect(table).toMatch(/A whole training step: dense [\d.]+ ms, auto [\d.]+ ms, [\d.]+ times as fast\.$/);
  });
});

describe('winnow profile', () => {
  it('says why too dense layers, small batches and methods that need all gradients stay dense', async () => {
    const size = ['resnet8', '--image-size', '8', '--batch-size', '16'];
    const half = await profile(...size, '--sparsity', '0.5');
    const reasons = (result: ProfileResult) => new Set(result.layers.map(({ forward }) => forward.reason));
    expect(reasons(half)).toEqual(new Set(['nothing-cut', 'too-dense']));
    expect(half.layers[1]!.notes.join()).toMatch(/Too dense: 5\d(\.\d)? % of the weights are left/);
    const few = await profile('resnet8', '--image-size', '8', '--batch-size', '4', '--sparsity', '0.95');
    expect(few.layers[1]!.notes).toContain(
      'Too few images: a vector takes 16, one in each lane, and a batch of 4 leaves lanes empty.',
    );
    const all = await profile(...size, '--method', 'two-four');
    expect(all.layers[1]!.filterGradient.reason).toBe('whole-gradient');
    expect(all.layers[1]!.filterGradient.milliseconds.sparse).toBeNull();
  });

  it('takes a saved model: its zeros, its method, or a sparsity', async () => {
    const model = mixedModel();
    const plain = join(folder, 'plain');
    await model.save(pathToFileURL(plain).href);
    const first = await profile(plain, '--batch-size', '16', '--sparsity', '0.98');
    expect(first).toMatchObject({ model: 'mixed', method: 'random-pruning', inputs: [[16, 8, 8, 3]] });
    const kernel = model.getLayer('plain').weights[0]!.read() as tf.Variable;
    kernel.assign(
      tf.tidy(() => tf.mul(kernel, tf.cast(tf.randomUniform(kernel.shape, 0, 1, 'float32', 3).less(0.05), 'float32'))),
    );
    const pruned = join(folder, 'pruned');
    await model.save(pathToFileURL(pruned).href);
    const zeros = await profile(join(pruned, 'model.json'), '--batch-size', '16');
    expect(zeros.method).toBe('fixed-mask');
    const [, one, next] = zeros.layers;
    expect(one!.density).toBeLessThan(0.1);
    expect([one!.forward.sparse, next!.forward.sparse]).toEqual([true, false]);
    applyTransform(model, randomPruningTransform({ sparsity: 0.9, seed: 1 }));
    const own = join(folder, 'own');
    await model.save(pathToFileURL(own).href);
    model.dispose();
    expect((await profile(own, '--batch-size', '16')).method).toBe('random-pruning');
    await expect(profile(own, '--sparsity', '0.5')).rejects.toThrow(
      "winnow profile: the saved model has method 'random-pruning' already; leave out sparsity and method",
    );
    const dilated = tf.sequential({
      layers: [tf.layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: 2, inputShape: [8, 8, 3] })],
    });
    const untrained = join(folder, 'dilated');
    await dilated.save(pathToFileURL(untrained).href);
    dilated.dispose();
    await expect(profile(untrained)).rejects.toThrow(
      /^winnow profile: layer '.*' cannot be trained: tfjs has no gradient/,
    );
    await expect(profile(plain, '--image-size', '9')).rejects.toThrow(
      /winnow profile: imageSize must fit input 'image.*' of shape \[,8,8,3\], got 9/,
    );
  });

  it.each([
    [['resnet20x'], "got 'resnet20x'; did you mean 'resnet20'?"],
    [['nowhere/model.json'], 'winnow profile: the model must be one of `winnow models` or a saved one; there is no '],
    [['resnet8', '--sparsity', '1.5'], 'winnow profile: sparsity must be a number in [0, 1], got "1.5"'],
    [['resnet8', '--sparsity', '0.5', '--method', 'rigl'], 'sparsity (0.5) and method (rigl) exclude each other'],
    [['resnet8', '--method', 'rigll'], "did you mean 'rigl'?"],
    [['resnet8', '--method', 'rigl:sparsity=2'], 'rigl: sparsity must be '],
    [
      ['resnet8', '--granularity', 'units'],
      'winnow profile: granularity must be one of weight, unit, got "units"; did you mean \'unit\'?',
    ],
    [['resnet8', '--batch-size', '0'], 'winnow profile: batchSize must be an integer ≥ 1, got "0"'],
    [['resnet8', '--classes', '1'], 'winnow profile: classes must be an integer ≥ 2, got "1"'],
    [['resnet8', '--image-size', '0'], 'winnow profile: imageSize must be an integer in [1, 65535]'],
  ])('refuses %o', async (words, message) => {
    await expect(runCommand(['profile', ...words])).rejects.toThrow(message);
  });
});
