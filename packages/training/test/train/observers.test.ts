import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { appliedTransform, applyTransform, resnet } from '@winnow/models';
import { sgd } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import {
  classificationTask,
  prune,
  RunLog,
  readRunLog,
  TensorBoard,
  TrainingProgress,
  trainTask,
} from '@winnow/training';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { sparsities } from '../../src/tensorboard/sparsity.js';
import { lineTask } from './line-task.js';
import { smallDataset, smallModel } from './small-run.js';

const directory = temporaryFolder();

function capture(isTTY: boolean) {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  stream.isTTY = isTTY;
  return { stream, text: () => text };
}

function run(change: Partial<Parameters<typeof trainTask>[1]>) {
  return trainTask(lineTask({ batchSize: 8 }), {
    epochs: 3,
    learningRate: { kind: 'constant', rate: 0.1 },
    optimizer: sgd(),
    ...change,
  });
}

describe('RunLog', () => {
  it('continues from the checkpoint as if never interrupted', async () => {
    const file = (name: string) => join(directory, name, 'log.jsonl');
    await run({ observers: [new RunLog(file('whole'), { everySteps: 3 })] });
    const controller = new AbortController();
    const checkpoint = { directory: join(directory, 'cut', 'checkpoints') };
    const stop = { onStep: ({ step }: { step: number }) => step === 12 && controller.abort() };
    await run({
      checkpoint,
      signal: controller.signal,
      observers: [new RunLog(file('cut'), { everySteps: 3 }), stop],
    });
    // A fault after the last checkpoint: what the log has from later steps will happen again.
    writeFileSync(file('cut'), `${readFileSync(file('cut'), 'utf8')}{"kind":"steps","step":15}\n`);
    await run({ checkpoint, observers: [new RunLog(file('cut'), { everySteps: 3 })] });
    const comparable = (name: string) =>
      readRunLog(file(name)).map((record) => ({ ...record, seconds: 0, examplesPerSecond: 0 }));
    expect(comparable('cut')).toEqual(comparable('whole'));
    expect(comparable('whole').map(({ kind, step }) => `${kind} ${step}`)).toEqual([
      ...['steps 3', 'steps 6', 'evaluation 8', 'steps 9', 'steps 12', 'steps 15', 'evaluation 16'],
      ...['steps 18', 'steps 21', 'steps 24', 'evaluation 24'],
    ]);
  });

  it('drops a last line that breaks off, and says so', async () => {
    const file = join(directory, 'cut-line', 'log.jsonl');
    const checkpoint = { directory: join(directory, 'cut-line', 'checkpoints') };
    const controller = new AbortController();
    const stop = { onStep: ({ step }: { step: number }) => step === 12 && controller.abort() };
    const log = () => new RunLog(file, { everySteps: 3 });
    await run({ checkpoint, signal: controller.signal, observers: [log(), stop] });
    const lines = readFileSync(file, 'utf8');
    writeFileSync(file, lines.slice(0, -20));
    expect(readRunLog(file).map(({ step }) => step)).toEqual([3, 6, 8, 9]);
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      await run({ checkpoint, observers: [log()] });
      expect(write.mock.calls).toEqual([[`${file}: line 5, the last one, breaks off and is dropped\n`]]);
    } finally {
      write.mockRestore();
    }
    expect(readRunLog(file).map(({ step }) => step)).toEqual([3, 6, 8, 9, 15, 16, 18, 21, 24, 24]);
    // Only the newline is missing: nothing is lost.
    writeFileSync(file, lines.slice(0, -1));
    expect(readRunLog(file)).toHaveLength(5);
  });

  it('names a broken line and a bad option', () => {
    const file = join(directory, 'broken.jsonl');
    writeFileSync(file, '{"kind":"steps","step":1}\n{"kind"\n');
    expect(() => readRunLog(file)).toThrow(`${file}: line 2 is not JSON`);
    for (const line of ['null', '[]', '{"kind":"steps"}', '{"kind":"epoch","step":1}']) {
      writeFileSync(file, `{"kind":"steps","step":1}\n${line}`);
      expect(() => readRunLog(file)).toThrow(`${file}: line 2 is no record of steps or an evaluation`);
    }
    writeFileSync(file, '{"kind":"steps","step":1}\n{"kind"\n');
    const log = new RunLog(file);
    expect(() => log.onStart({ step: 1 })).toThrow('line 2 is not JSON; put the line right or delete it');
    log.onEnd();
    expect(readFileSync(file, 'utf8')).toContain('{"kind"\n');
    expect(() => new RunLog(file, { everySteps: 0 })).toThrow('RunLog: everySteps must be an integer ≥ 1, got 0');
  });
});

describe('TrainingProgress', () => {
  it('writes plain lines without a terminal, and a bar on one', async () => {
    const plain = capture(false);
    await run({ observers: [new TrainingProgress({ title: 'Training a line', stream: plain.stream })] });
    const lines = plain.text().trimEnd().split('\n');
    expect(lines.slice(0, 3)).toEqual([
      expect.stringMatching(/^Training a line: epoch 1 · train loss \d\.\d{3} · distance \d\.\d{3}$/),
      expect.stringMatching(/^Training a line: epoch 2 · /),
      expect.stringMatching(/^Training a line: epoch 3 · /),
    ]);
    expect(lines.at(-1)).toMatch(/^Training a line: 100 % · 24\/24 steps · loss \d\.\d{3} · distance \d\.\d{3}$/);
    const terminal = capture(true);
    await run({ observers: [new TrainingProgress({ title: 'Training a line', stream: terminal.stream })] });
    expect(terminal.text()).toContain('█');
    expect(terminal.text()).not.toContain('train loss');
  });
});

it('TrainingProgress shows a mean loss in which the first step weighs least', () => {
  const { stream, text } = capture(false);
  const progress = new TrainingProgress({ title: 'Short', stream });
  const report = { totalSteps: 4, examples: 8, epoch: 0, learningRate: 0.1 };
  [8, 1, 1, 1].forEach((loss, i) => {
    progress.onStep({ ...report, step: i + 1, loss: () => loss } as Parameters<TrainingProgress['onStep']>[0]);
  });
  progress.onEnd();
  // (0.95³ · 8 + 0.95² + 0.95 + 1) / (0.95³ + 0.95² + 0.95 + 1)
  expect(text()).toBe('Short: 100 % · 4/4 steps · loss 2.618\n');
});

describe('TensorBoard', () => {
  it('opens a new file for a resumed run, and flushes with every checkpoint', async () => {
    const events = join(directory, 'events');
    const checkpoint = { directory: join(directory, 'events-run') };
    const controller = new AbortController();
    const sizes: number[] = [];
    const watch = {
      onStep: ({ step }: { step: number }) => step === 12 && controller.abort(),
      onEvaluation: () => sizes.push(...readdirSync(events).map((file) => readFileSync(join(events, file)).length)),
    };
    const observers = () => [new TensorBoard({ directory: events, everySteps: 2 }), watch];
    await run({ checkpoint, signal: controller.signal, observers: observers() });
    expect(sizes[0]).toBeGreaterThan(200);
    await run({ checkpoint, observers: observers() });
    expect(readdirSync(events)).toHaveLength(2);
    expect(() => new TensorBoard({ directory: events, histogramEvery: -1 })).toThrow(
      'histogramEvery must be an integer ≥ 0',
    );
  });

  it('distinguishes exact zeros, zeros in training, and masked weights', () => {
    const model = smallModel();
    const task = classificationTask(model, smallDataset.train, { batchSize: 32 });
    const path = appliedTransform(model)!.kernels[0]!.path;
    const at = (step: number) =>
      ['sparsity', 'sparsity_in_training', 'sparsity_masked'].map(
        (tag) => sparsities(task, step).get(`${tag}/${path}`)!,
      );
    // γ 0.75 and α 0.5 in the end of the ramp; at its start nothing is dropped, but γ will be cut in the end.
    expect(at(0).slice(0, 2)).toEqual([0, 0]);
    const [exact, training, masked] = at(100) as [number, number, number];
    expect(exact).toBe(0);
    expect(training).toBeGreaterThan(0.3);
    expect(training).toBeLessThan(0.45);
    expect(masked).toBeCloseTo(0.75, 2);
    prune(model, { sparsity: 0.5 });
    expect(at(100)[0]).toBeCloseTo(0.5, 2);
    appliedTransform(model)!.remove();
    const plain = sparsities(classificationTask(model, smallDataset.train, { batchSize: 32 }), 0);
    expect(plain.get(`sparsity/${path}`)).toBeCloseTo(0.5, 2);
    expect([...plain.keys()].some((tag) => tag.startsWith('sparsity_'))).toBe(false);
  });

  it('gives a method its own variables', () => {
    const model = resnet({ depth: 8, inputShape: [8, 8, 1], classes: 4 });
    const applied = applyTransform(model, {
      name: 'first half',
      apply: (kernel, { variables }) => tf.mul(kernel, variables!['mask']!),
      variables: ({ kernel }) => ({
        mask: {
          initial: tf.tidy(() =>
            tf.reshape(tf.greaterEqual(tf.range(0, kernel.size), kernel.size / 2), kernel.shape).toFloat(),
          ),
        },
      }),
      getConfig: () => ({}),
    });
    const task = classificationTask(model, smallDataset.train, { batchSize: 32 });
    const { path } = applied.kernels[0]!;
    const found = sparsities(task, 3);
    expect(found.get(`sparsity/${path}`)).toBe(0);
    expect(found.get(`sparsity_in_training/${path}`)).toBe(0.5);
    expect(found.has(`sparsity_masked/${path}`)).toBe(false);
  });
});
