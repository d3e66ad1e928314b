import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Method, methods, resolveMethod } from '@winnow/baselines';
import { loadTransformer, saveTransformer, type Transformer } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { trainTask } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { backwards, setUp } from './backwards.js';

const directory = temporaryFolder();

const pairs = { train: backwards(320, 1), validation: backwards(20, 2) };
const STEPS = 10;

function transformOf({ name, granularities, hyperparameters: own }: Method) {
  const granularity = granularities[0] as 'weight' | 'unit';
  // So often that masks are renewed within the run.
  const given: Record<string, number> = 'interval' in own ? { interval: 2 } : {};
  const { method, hyperparameters } = resolveMethod(name, given, granularity);
  return method.create(hyperparameters, { granularity, seed: 4, totalSteps: STEPS });
}

/** All that a run moves: the model's variables and the method's. */
const variablesOf = (model: Transformer) => [
  ...[...model.variables].map(([path, variable]) => [path, [...variable.dataSync()]]),
  ...(model.method?.variables ?? []).map(({ path, name, variable }) => [`${path} ${name}`, [...variable.dataSync()]]),
];

async function run(method: Method, stops: readonly number[], look: (model: Transformer) => void): Promise<void> {
  const checkpoints = mkdtempSync(join(directory, 'checkpoints-'));
  for (const stop of [...stops, Number.POSITIVE_INFINITY]) {
    const transform = transformOf(method);
    const { model, task, optimizer } = setUp(pairs, { dropout: 0.1, ...(transform && { transform }) });
    const controller = new AbortController();
    await trainTask(task, {
      epochs: 1,
      learningRate: { kind: 'constant', rate: 0.01 },
      optimizer,
      checkpoint: { directory: checkpoints },
      signal: controller.signal,
      observers: [{ onStep: ({ step }) => (step === stop ? controller.abort() : undefined) }],
    });
    if (stop === Number.POSITIVE_INFINITY) look(model);
    model.dispose();
    optimizer.dispose();
  }
}

describe.each([...methods.values()])('$name on a Transformer', (method) => {
  it('trains, resumes in the same bits, and is saved with its own variables', async () => {
    const before = tf.memory().numTensors;
    let whole: unknown[] = [];
    await run(method, [], (model) => {
      whole = variablesOf(model);
      for (const [path, values] of whole as [string, number[]][])
        expect(values.every(Number.isFinite), path).toBe(true);
    });
    await run(method, [5], (model) => {
      expect(variablesOf(model)).toEqual(whole);
      const file = join(directory, `${method.name}.safetensors`);
      saveTransformer(model, file);
      const loaded = loadTransformer(file) as Transformer;
      expect(variablesOf(loaded)).toEqual(whole);
      tf.tidy(() => {
        const [source, target] = [
          tf.tensor2d([[3, 4, 5, 2]], undefined, 'int32'),
          tf.tensor2d([[1, 15]], undefined, 'int32'),
        ];
        const logits = [...model.apply(source, target).dataSync()];
        expect([...loaded.apply(source, target).dataSync()]).toEqual(logits);
      });
      // Without its method it is a plain model of the raw weights.
      loaded.dispose();
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a method with masks of its own', () => {
  it('leaves exactly the asked sparsity in a Transformer', async () => {
    await run(methods.get('gradual-pruning') as Method, [], (model) => {
      for (const kernel of model.kernels) {
        const mask = model.method!.targetMask(kernel, 'weight')!;
        const kept = tf.tidy(() => tf.sum(tf.cast(mask, 'int32')).dataSync()[0] as number);
        mask.dispose();
        expect(kept).toBe(kernel.variable.size - Math.floor(0.9 * kernel.variable.size));
      }
    });
  });
});
