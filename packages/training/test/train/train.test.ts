import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { targetedDropoutTransform } from '@winnow/baselines';
import { resnet } from '@winnow/models';
import { philox4x32, seedToKey } from '@winnow/ops';
import { readSafetensors, type Safetensors, writeSafetensors } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { evaluate, train } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { runOptions, smallDataset, smallModel, weightBits } from './small-run.js';

const directory = temporaryFolder();
const checkpointFile = (name: string) => join(directory, name, 'last.safetensors');

let bitsOfWholeRun: number[][] | undefined;
const uninterrupted = async () => {
  if (!bitsOfWholeRun) {
    const model = smallModel();
    await train(model, smallDataset.train, runOptions);
    bitsOfWholeRun = weightBits(model);
  }
  return bitsOfWholeRun;
};

describe('train', () => {
  it('learns, reports every step and leaves no tensor behind', async () => {
    const model = resnet({ depth: 8, inputShape: [8, 8, 1], classes: 4 });
    await train(model, smallDataset.train, { ...runOptions, epochs: 1 });
    const before = tf.memory().numTensors;
    const rates: number[] = [];
    const result = await train(model, smallDataset.train, {
      ...runOptions,
      // A mirrored pattern is not the pattern of its class.
      augment: {},
      epochs: 8,
      clipNorm: 1,
      onStep: ({ learningRate }) => rates.push(learningRate),
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(result).toMatchObject({ steps: 80, totalSteps: 80, interrupted: false });
    expect(rates).toHaveLength(80);
    expect(Math.max(...rates)).toBeCloseTo(0.1, 2);
    const { accuracy, images } = await evaluate(model, smallDataset.test);
    expect(images).toBe(smallDataset.test.count);
    expect(accuracy).toBeGreaterThan(0.9);
  });

  it('ends with the same weights when interrupted and resumed', async () => {
    const bits = await uninterrupted();
    const checkpoint = { directory: join(directory, 'resume') };
    const controller = new AbortController();
    const first = await train(smallModel(), smallDataset.train, {
      ...runOptions,
      checkpoint,
      signal: controller.signal,
      onStep: ({ step }) => step === 13 && controller.abort(),
    });
    expect(first).toMatchObject({ steps: 13, interrupted: true });
    const model = smallModel();
    const steps: number[] = [];
    await train(model, smallDataset.train, { ...runOptions, checkpoint, onStep: ({ step }) => steps.push(step) });
    expect(steps[0]).toBe(14);
    expect(weightBits(model)).toEqual(bits);
  });

  it.each([1, 2])(
    'ends in the same weights after kill -9 at a random moment, seed %i',
    async (seed) => {
      const bits = await uninterrupted();
      const words = new Uint32Array(4);
      philox4x32(words, [0, 0, 0, 0], seedToKey(seed));
      // Not after the last step, when there is nothing left to kill. The delay hits the middle of a step or of a write.
      const killedAfter = 1 + (words[0]! % 18);
      const delay = words[1]! % 40;
      const name = `killed${seed}`;
      const child = spawn(
        process.execPath,
        ['scripts/start.mjs', '--script', 'packages/training/test/train/train-in-child.ts', join(directory, name)],
        {
          cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { ...process.env, NODE_OPTIONS: '' },
        },
      );
      // The child prints its own process id and its steps; start.mjs is only its parent.
      let pid = 0;
      let exitCode: number | null = null;
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          for (const line of chunk.toString().split('\n')) {
            if (line.startsWith('pid ')) pid = Number(line.slice(4));
            if (line === `step ${killedAfter}`) setTimeout(() => process.kill(pid, 'SIGKILL'), delay);
          }
        });
        child.on('exit', (code) => {
          exitCode = code;
          resolve();
        });
      });
      expect(exitCode).toBe(137);
      const model = smallModel();
      const steps: number[] = [];
      await train(model, smallDataset.train, {
        ...runOptions,
        checkpoint: { directory: join(directory, name), everySteps: 3 },
        onStep: ({ step }) => steps.push(step),
      });
      // At most three steps are lost, and the checkpoint may be of a later step than the one whose line was seen.
      expect(steps[0]).toBeGreaterThan(killedAfter - 3);
      expect(weightBits(model)).toEqual(bits);
    },
    180_000,
  );

  it('does nothing when the run is already finished', async () => {
    const checkpoint = { directory: join(directory, 'over') };
    const first = smallModel();
    await train(first, smallDataset.train, { ...runOptions, checkpoint });
    const again = smallModel();
    const result = await train(again, smallDataset.train, { ...runOptions, checkpoint });
    expect(result).toMatchObject({ steps: 20, interrupted: false });
    expect(weightBits(again)).toEqual(weightBits(first));
  });

  it('refuses a broken checkpoint, and one of another run, by name', async () => {
    const checkpoint = { directory: join(directory, 'broken') };
    await train(smallModel(), smallDataset.train, { ...runOptions, epochs: 1, checkpoint });
    await expect(train(smallModel(), smallDataset.train, { ...runOptions, checkpoint })).rejects.toThrow(
      `${checkpointFile('broken')} belongs to a run with other options (epochs was 1, is now 2)`,
    );
    const bytes = readFileSync(checkpointFile('broken'));
    writeFileSync(checkpointFile('broken'), bytes.subarray(0, bytes.length - 10));
    await expect(train(smallModel(), smallDataset.train, { ...runOptions, epochs: 1, checkpoint })).rejects.toThrow(
      `${checkpointFile('broken')} is not a valid safetensors file`,
    );
  });

  it('refuses a checkpoint of which any byte was changed, by name, and changes nothing', async () => {
    const checkpoint = { directory: join(directory, 'damaged'), best: { metric: 'trainLoss' } };
    const once = { ...runOptions, epochs: 1, checkpoint };
    await train(smallModel(), smallDataset.train, once);
    const file = checkpointFile('damaged');
    const whole = readFileSync(file);
    const header = 8 + Number(whole.readBigUInt64LE(0));
    const digit = whole.indexOf('\\"step\\":') + '\\"step\\":'.length;
    for (const [at, name] of [
      [header, "'variable/"],
      [whole.length - 4, "'optimizer/"],
      [digit, 'its metadata are damaged'],
    ] as const) {
      const damaged = Buffer.from(whole);
      damaged[at] = damaged[at]! ^ 1;
      writeFileSync(file, damaged);
      const model = smallModel();
      const before = weightBits(model);
      const refused = expect(train(model, smallDataset.train, once)).rejects;
      await refused.toThrow(`${file} is not a valid safetensors file: ${name}`);
      expect(weightBits(model)).toEqual(before);
    }
    writeFileSync(file, whole);
    const best = join(checkpoint.directory, 'best.safetensors');
    const bytes = readFileSync(best);
    writeFileSync(best, Buffer.concat([bytes.subarray(0, -4), Buffer.from('abcd')]));
    await expect(train(smallModel(), smallDataset.train, once)).rejects.toThrow(`${best} is not a valid`);
    rmSync(best);
    await expect(train(smallModel(), smallDataset.train, once)).rejects.toThrow(
      new RegExp(
        `^${best} is missing, which held the best weights so far, of step 10 \\(trainLoss .*put the file back`,
      ),
    );
  });

  it('refuses best weights of an earlier step than those of its run', async () => {
    const checkpoint = { directory: join(directory, 'mixed'), best: { metric: 'trainLoss' } };
    const once = { ...runOptions, evaluateEvery: { steps: 2 }, epochs: 1, checkpoint };
    await train(smallModel(), smallDataset.train, once);
    const best = join(checkpoint.directory, 'best.safetensors');
    const { arrays, metadata } = readSafetensors(best);
    const earlier = metadata['progress']!.replace(/"step":\d+/, '"step":1').replace(
      /"evaluatedStep":\d+/,
      '"evaluatedStep":1',
    );
    writeSafetensors(best, arrays, { ...metadata, progress: earlier });
    await expect(train(smallModel(), smallDataset.train, once)).rejects.toThrow(
      `${best} is of step 1, but should hold`,
    );
  });

  /** A change to what a checkpoint says of its progress. */
  const progress = (from: string | RegExp, to: string) => (file: Safetensors) => {
    file.metadata['progress'] = file.metadata['progress']!.replace(from, to);
  };

  it.each<[string, (file: Safetensors) => void, string]>([
    ['no numbers', progress(/^.*$/, 'null'), "has no right 'step' in the progress"],
    ['a step that is none', progress(/"step":\d+/, '"step":-1'), "'step' in the progress of its header: -1"],
    ['no sum of losses', progress('"sum"', '"s"'), "has no right 'epochLoss' in the progress"],
    [
      'a slot of another type',
      ({ arrays }) => {
        const slot = [...arrays.keys()].find((name) => name.startsWith('optimizer/'))!;
        arrays.set(slot, { shape: [1], values: new Int32Array(1) });
      },
      'must be a float32 tensor',
    ],
  ])('refuses a checkpoint with %s by name, and changes nothing', async (_what, change, message) => {
    const checkpoint = { directory: join(directory, 'changed') };
    rmSync(checkpoint.directory, { recursive: true, force: true });
    const once = { ...runOptions, epochs: 1, checkpoint };
    await train(smallModel(), smallDataset.train, once);
    const file = readSafetensors(checkpointFile('changed'));
    change(file);
    writeSafetensors(checkpointFile('changed'), file.arrays, file.metadata);
    const model = smallModel();
    const before = weightBits(model);
    await expect(train(model, smallDataset.train, once)).rejects.toThrow(message);
    await expect(train(model, smallDataset.train, once)).rejects.toThrow(checkpointFile('changed'));
    expect(weightBits(model)).toEqual(before);
  });

  it('stops at a loss that is not finite, with the step', async () => {
    const model = resnet({ depth: 8, inputShape: [8, 8, 1], classes: 4 });
    const kernel = model.getLayer('logits').weights[0]!.read() as tf.Variable;
    kernel.assign(tf.fill(kernel.shape, Number.POSITIVE_INFINITY));
    await expect(train(model, smallDataset.train, { ...runOptions, epochs: 4 })).rejects.toThrow(
      "train: the loss is NaN at step 1; first non-finite value: the weight 'logits/kernel'",
    );
  });

  it('stops at an output that is not finite, with the layer that computes it', async () => {
    const model = resnet({ depth: 8, inputShape: [8, 8, 1], classes: 4 });
    const kernel = model.getLayer('stage2_block1_conv1').weights[0]!.read() as tf.Variable;
    kernel.assign(tf.fill(kernel.shape, 3e38));
    await expect(train(model, smallDataset.train, runOptions)).rejects.toThrow(
      "at step 1; first non-finite value: the output of layer 'stage2_block1_conv1'; try a lower learning rate",
    );
  });

  it('adds the penalty of a transform to the loss', async () => {
    const transform = targetedDropoutTransform({ targetFraction: 0, dropRate: 0 });
    const shrinking = {
      ...transform,
      penalty: (kernels: ReadonlyMap<string, tf.Variable>) =>
        tf.addN([...kernels.values()].map((kernel) => tf.mul(10, tf.sum(tf.square(kernel))))) as tf.Scalar,
    };
    const norm = async (applied: typeof transform) => {
      const model = resnet({ depth: 8, inputShape: [8, 8, 1], classes: 4, transform: applied });
      await train(model, smallDataset.train, {
        ...runOptions,
        epochs: 1,
        learningRate: { kind: 'constant', rate: 1e-3 },
      });
      return tf
        .sum(tf.square(model.getLayer('stage1_block1_conv1').getWeights()[0] as tf.Tensor))
        .dataSync()[0] as number;
    };
    expect(await norm(shrinking)).toBeLessThan(0.9 * (await norm(transform)));
  });

  it.each([
    [{ epochs: 0 }, 'train: epochs must be an integer ≥ 1, got 0'],
    [{ batchSize: 500 }, 'train: batchSize must be an integer in [1, 320] (the training images), got 500'],
    [{ momentum: 1 }, 'train: momentum must be in [0, 1), got 1'],
    [{ weightDecay: -1 }, 'train: weightDecay must be ≥ 0, got -1'],
    [{ optimizer: 'rmsprop' as 'sgd' }, 'train: optimizer must be one of sgd, adam, adamw, got rmsprop'],
    [{ beta2: 1 }, 'train: beta2 must be in [0, 1), got 1'],
    [{ nesterov: true, momentum: 0 }, 'train: nesterov must be false without momentum, got true'],
    [{ accumulate: 11 }, 'train: accumulate must be an integer in [1, 10] (the batches of an epoch), got 11'],
    [{ clipNorm: 0 }, 'train: clipNorm must be > 0, got 0'],
    [{ checkpoint: { directory: 'x', everySteps: 0 } }, 'train: checkpoint.everySteps must be an integer ≥ 1, got 0'],
  ])('refuses %o', async (change, message) => {
    await expect(train(smallModel(), smallDataset.train, { ...runOptions, ...change })).rejects.toThrow(message);
  });
});
