/**
 * Every exported function that takes options knows all keys that its type has, and refuses any other by name. The list
 * of functions and keys comes from the compiler, so that a new one cannot be forgotten here.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as baselines from '@winnow/baselines';
import * as data from '@winnow/data';
import * as evaluation from '@winnow/evaluation';
import * as graph from '@winnow/graph';
import * as inference from '@winnow/inference';
import * as models from '@winnow/models';
import * as native from '@winnow/native';
import * as ops from '@winnow/ops';
import * as safetensors from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import * as training from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { publicOptions } from './public-options.js';
import { temporaryFolder } from './temporary-folder.js';

type Exported = (...given: unknown[]) => unknown;
const modules: Record<string, Record<string, unknown>> = {
  '@winnow/native': native,
  '@winnow/baselines': baselines,
  '@winnow/data': data,
  '@winnow/evaluation': evaluation,
  '@winnow/graph': graph,
  '@winnow/inference': inference,
  '@winnow/models': models,
  '@winnow/ops': ops,
  '@winnow/safetensors': safetensors,
  '@winnow/training': training,
};

/** Where options are no concern of a caller's, or are checked by another function. */
const EXEMPT: Record<string, string> = {
  '@winnow/baselines rampedRates': 'what methods compute rates with, of options that they have checked',
  '@winnow/evaluation checkTranslationSettings': 'a schema checks them',
  '@winnow/evaluation translationRun given': 'a schema checks them',
  '@winnow/evaluation wantsColour': 'a stream',
  '@winnow/inference Session': 'made by compile, which checks them',
  '@winnow/models modelKernels': 'class names, any',
  '@winnow/models transformerConfig': 'of options that hold more',
  '@winnow/models SequenceModel': 'abstract; its subclasses are called',
};

/** Keys that the kind of data given here does not have. */
const FOR_OTHER_DATA: Record<string, string[]> = { '@winnow/training evaluate': ['augment'] };

const directory = temporaryFolder();
const floats = new Float32Array(8);
const four = new Float32Array(4);
const model = () =>
  tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] }), tf.layers.dense({ units: 2 })] });
const kernel = () => tf.ones([2, 2]);
const { train: split } = data.makeSynthetic({ classes: 2, height: 4, width: 4, train: 4, test: 4 });
const experiment = { arms: [], seeds: [] };
const method = () => ({ name: 'x', apply: (given: tf.Tensor) => given, getConfig: () => ({}) });
const dense = { data: four, rows: 2, columns: 2 };

/** What stands before the options in a call; nothing where they come first. */
const before: Record<string, () => readonly unknown[]> = {
  '@winnow/native attention': () => [four, four, four],
  '@winnow/native attentionGrad': () => [four, four, four],
  '@winnow/native NetworkPlan': () => [new Float64Array(), four],
  '@winnow/native rankMask': () => [[]],
  '@winnow/native sddmm': () => [undefined, dense, dense],
  '@winnow/native spmm': () => [undefined, dense],
  '@winnow/native targetedDropout': () => [four],
  '@winnow/native targetedDropoutAll': () => [[]],
  '@winnow/native topKMask': () => [four],
  '@winnow/baselines chooseMasks': () => [[], {}],
  '@winnow/baselines straightThrough': () => [kernel(), kernel()],
  '@winnow/data batches': () => [split],
  '@winnow/data batchesSync': () => [split],
  '@winnow/data epochOrder': () => [2],
  '@winnow/data openClassFolders': () => ['.'],
  '@winnow/data loadDataset': () => ['synthetic'],
  '@winnow/data loadTextPairs': () => ['multi30k'],
  '@winnow/data subsetDataset': () => [{ title: '', classes: [], train: split, test: split }],
  '@winnow/data pairBatches': () => [{ source: [], target: [], count: 0 }],
  '@winnow/evaluation trainRun': () => [{}],
  '@winnow/evaluation translate': () => [{}, {}, []],
  '@winnow/evaluation translationRun': () => [{}],
  '@winnow/evaluation comparisonExperiment': () => ['weight', {}],
  '@winnow/evaluation runExperiment': () => [experiment],
  '@winnow/evaluation stepTimes': () => [experiment],
  '@winnow/evaluation comparisonTable': () => [{}, []],
  '@winnow/evaluation sweepTable': () => [{}],
  '@winnow/graph graphOf': () => [model()],
  '@winnow/graph chooseKernels': () => [graph.graphOf(model() as never)],
  '@winnow/graph selectKernels': () => [graph.graphOf(model() as never)],
  '@winnow/graph selectPaths': () => ['op', ['a/kernel']],
  '@winnow/inference compile': () => [model()],
  '@winnow/models applyTransform': () => [model(), method()],
  '@winnow/models chooseKernels': () => ['op', model()],
  '@winnow/models selectKernels': () => ['op', model()],
  '@winnow/models importWeights': () => [model(), new Map(), undefined],
  '@winnow/models pytorchNames': () => [{}],
  '@winnow/models torchvisionVgg16': () => [model()],
  '@winnow/models beamSearch': () => [{}, kernel()],
  '@winnow/models greedyDecode': () => [{}, kernel()],
  '@winnow/models loadTransformer': () => ['none.safetensors'],
  '@winnow/models sequenceLoss': () => [kernel(), kernel()],
  '@winnow/ops attention': () => [kernel(), kernel(), kernel()],
  '@winnow/ops batchNorm': () => [kernel(), tf.ones([2]), tf.ones([2])],
  '@winnow/ops gelu': () => [kernel()],
  '@winnow/ops conv2d': () => [tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 1, 1])],
  '@winnow/ops randomNormal': () => [[2]],
  '@winnow/ops randomUniform': () => [[2]],
  '@winnow/ops rankMask': () => [kernel()],
  '@winnow/ops sddmm': () => [undefined, kernel(), kernel()],
  '@winnow/ops softmaxCrossEntropy': () => [kernel(), tf.tensor1d([0, 1], 'int32')],
  '@winnow/ops spmm': () => [undefined, kernel()],
  '@winnow/ops targetedDropout': () => [kernel()],
  '@winnow/ops targetedDropoutAll': () => [[]],
  '@winnow/ops topKMask': () => [kernel()],
  '@winnow/safetensors readSafetensors': () => [writtenFile()],
  '@winnow/safetensors writeSafetensors': () => [join(directory, 'written.safetensors'), new Map(), {}],
  '@winnow/safetensors decodeSafetensors': () => [emptyFile(), 'file'],
  '@winnow/training corpusBleu': () => [['a'], [['a']]],
  '@winnow/training evaluate': () => [model(), { x: floats, y: floats }],
  '@winnow/training reestimateBatchNorm': () => [model(), { x: floats }],
  '@winnow/training iterativePruning': () => [model()],
  '@winnow/training prune': () => [model()],
  '@winnow/training prunedKernels': () => [model()],
  '@winnow/training sparsitySweep': () => [model(), { train: split, test: split }],
  '@winnow/training classificationTask': () => [model(), split],
  '@winnow/training modelTask': () => [model(), { x: floats, y: floats }],
  '@winnow/training RunLog': () => [join(directory, 'log')],
  '@winnow/training timedSteps': () => [{}, {}, {}],
  '@winnow/training train': () => [model(), { x: floats, y: floats }],
  '@winnow/training trainTask': () => [{ batches: () => [], loss: () => tf.scalar(0) }],
};

function writtenFile(): string {
  const file = join(directory, 'empty.safetensors');
  writeFileSync(file, emptyFile());
  return file;
}

function emptyFile(): Uint8Array {
  return Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 123, 125]);
}

/** The error that a call ends with, however it does. */
async function failure(name: string, options: object): Promise<string> {
  const [module, exported] = name.split(' ') as [string, string];
  const called = modules[module]![exported] as Exported;
  const given = [...(before[name]?.() ?? []), options];
  try {
    const isClass = /^class\b/.test(Function.prototype.toString.call(called));
    const result = isClass ? Reflect.construct(called, given) : called(...given);
    await (typeof (result as Iterator<unknown>)?.next === 'function' ? (result as Iterator<unknown>).next() : result);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const all = publicOptions(new URL('..', import.meta.url).pathname.replace(/\/$/, '')).filter(
  ({ name, argument }) => EXEMPT[name] === undefined && EXEMPT[`${name} ${argument}`] === undefined,
);

it('finds what it should', () => {
  expect(all.length).toBeGreaterThan(90);
  const names = new Set(all.map(({ name }) => name));
  expect(Object.keys(before).filter((name) => !names.has(name))).toEqual([]);
});

describe.each(all)('$name', ({ name, keys }) => {
  it('refuses a key that does not exist, by name', async () => {
    const wrong = `${keys[0]}x`;
    const message = await failure(name, { [wrong]: 1 });
    expect(message).toContain(`has no '${wrong}'`);
    // Short words are too like each other for a hint.
    const hasHint = !/^@winnow\/(graph|safetensors)/.test(name) && wrong.length > 3;
    if (hasHint) expect(message).toMatch(/did you mean '\w+'\?/);
  });

  it('knows all keys of its type', async () => {
    const known = keys.filter((key) => !FOR_OTHER_DATA[name]?.includes(key));
    for (const key of known) expect(await failure(name, { [key]: undefined }), key).not.toContain(`has no '${key}'`);
  });
});
