/**
 * Methods that move their masks begin with no momentum where a weight grows or goes, under every optimizer that trains
 * with them.
 */

import { join } from 'node:path';
import { combineTransforms, l1Transform, riglTransform, setTransform, sriglTransform } from '@winnow/baselines';

import { appliedTransform, applyTransform } from '@winnow/models';
import { adam, type Optimizer, sgd, type WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { trainTask } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { tinyBatches, tinyModel, tinyTask } from './tiny-run.js';

const directory = temporaryFolder();

const options = { sparsity: 0.7, interval: 3, endStep: 100, fraction: 0.4, seed: 2 };
const transforms: [string, () => WeightTransform][] = [
  ['rigl', () => riglTransform(options)],
  ['set', () => setTransform(options)],
  ['srigl', () => sriglTransform(options)],
  ['l1+rigl', () => combineTransforms([l1Transform({ lambda: 0.01 }), riglTransform(options)])],
];
const optimizers: [string, () => Optimizer][] = [
  ['sgd', () => sgd({ momentum: 0.9, weightDecay: 1e-3 })],
  ['adam', () => adam()],
];

type Values = Map<string, number[]>;

/** Masks and what the optimizer remembers of the kernels, by path. */
function observe(model: tf.LayersModel, optimizer: Optimizer): { masks: Values; slots: Map<string, Values> } {
  const applied = appliedTransform(model)!;
  const masks = applied.variables.filter(({ name }) => name.endsWith('mask'));
  const state = [...optimizer.state()];
  return {
    masks: new Map(masks.map(({ path, variable }) => [path, [...variable.dataSync()]])),
    slots: new Map(
      applied.kernels.map(({ path, variable }) => [
        path,
        new Map(
          state
            .filter(([name]) => name.endsWith(`/${variable.name}`))
            .map(([name, slot]) => [name.slice(0, name.indexOf('/')), [...slot.dataSync()]]),
        ),
      ]),
    ),
  };
}

/** Trains to `end`, and watches the masks and slots as the method's work of a renewal finds and leaves them. */
async function run(make: () => WeightTransform, optimizer: Optimizer, checkpoint?: string, interruptAt?: number) {
  const model = tinyModel(make());
  const applied = appliedTransform(model)!;
  const task = { ...tinyTask(model), batches: tinyBatches };
  const seen: { before: ReturnType<typeof observe>; after: ReturnType<typeof observe> }[] = [];
  const watched = {
    ...applied,
    afterStep(given: Optimizer) {
      const before = observe(model, optimizer);
      applied.afterStep(given);
      if (applied.step.value % 3 === 0 && applied.step.value > 0)
        seen.push({ before, after: observe(model, optimizer) });
    },
  };
  const controller = new AbortController();
  await trainTask(
    { ...task, transform: watched },
    {
      epochs: 1,
      learningRate: { kind: 'constant', rate: 0.01 },
      optimizer,
      signal: controller.signal,
      observers: [{ onStep: ({ step }) => void (step === interruptAt && controller.abort()) }],
      ...(checkpoint !== undefined && { checkpoint: { directory: checkpoint } }),
    },
  );
  const end = observe(model, optimizer);
  optimizer.dispose();
  applied.remove();
  model.dispose();
  return { seen, end };
}

describe.each(transforms)('%s', (name, make) => {
  it.each(optimizers)('has nothing remembered of what grew and what went, all else untouched, %s', async (kind, of) => {
    const { seen, end } = await run(make, of());
    expect(seen).toHaveLength(3);
    let [grown, dropped, untouched] = [0, 0, 0];
    for (const { before, after } of seen) {
      for (const [path, slots] of after.slots) {
        expect([...slots.keys()]).toEqual(kind === 'sgd' ? ['momentum'] : ['mean', 'square']);
        const [old, renewed] = [before.masks.get(path)!, after.masks.get(path)!];
        for (const [slot, values] of slots) {
          const remembered = before.slots.get(path)!.get(slot)!;
          const expected = remembered.map((value, i) => (old[i] === renewed[i] ? value : 0));
          expect(values, `${path} ${slot}`).toEqual(expected);
          renewed.forEach((kept, i) => {
            if (kept === old[i]) untouched += Number(values[i] !== 0);
            else if (kept) grown++;
            else dropped += Number(remembered[i] !== 0);
          });
        }
      }
    }
    // Something to forget was there, or the test shows nothing.
    expect(Math.min(grown, dropped, untouched)).toBeGreaterThan(20);

    // Interrupted right after a renewal: the checkpoint holds the slots as they are after it.
    const checkpoint = join(directory, `${name}-${kind}`);
    await run(make, of(), checkpoint, 7);
    const resumed = await run(make, of(), checkpoint);
    expect(resumed.seen).toHaveLength(1);
    expect(resumed.end).toEqual(end);
  });
});

describe('a loop of one’s own', () => {
  const after = (transform: WeightTransform, optimizer?: unknown) => () => {
    const model = tinyModel(undefined);
    const applied = applyTransform(model, transform);
    try {
      applied.step.set(0);
      applied.afterStep(optimizer as Optimizer);
    } finally {
      applied.remove();
      model.dispose();
    }
  };

  it('is refused at its first step without an optimizer, and says why', () => {
    const message = 'afterStep: optimizer must be sgd or adam of @winnow/ops or one of tf.train, got ';
    expect(after(riglTransform(options))).toThrow(`${message}undefined: method 'rigl' resets what`);
    expect(after(setTransform(options), {})).toThrow(`${message}[object Object]: method 'set'`);
    expect(after(sriglTransform(options), 'adam')).toThrow(`${message}adam`);
    expect(after(transforms[3]![1]())).toThrow("method 'combined'");
  });

  it('goes on with an optimizer that remembers nothing, and without one where the method needs none', () => {
    expect(after(riglTransform(options), tf.train.sgd(1))).not.toThrow();
    expect(after(riglTransform(options), tf.train.adam(1))).not.toThrow();
    expect(after(l1Transform({ lambda: 1 }))).not.toThrow();
  });
});
