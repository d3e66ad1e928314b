import { join } from 'node:path';
import { adam, sgd } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { type EvaluationReport, type TaskOptions, trainTask } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { lineTask } from './line-task.js';

const directory = temporaryFolder();
const options = (change: Partial<TaskOptions> = {}): TaskOptions => ({
  epochs: 2,
  learningRate: { kind: 'cosine', rate: 0.1 },
  optimizer: sgd({ momentum: 0.9 }),
  ...change,
});

describe('trainTask', () => {
  it('fits a line and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const task = lineTask({ batchSize: 8 });
    const given = options({ epochs: 20 });
    const result = await trainTask(task, given);
    expect(result).toMatchObject({ steps: 160, totalSteps: 160, interrupted: false });
    expect([...task.weights.dataSync()][0]).toBeCloseTo(2, 2);
    expect([...task.weights.dataSync()][1]).toBeCloseTo(-1, 2);
    expect(result.finalLoss).toBeLessThan(1e-3);
    given.optimizer.dispose();
    task.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['sgd', () => sgd({ momentum: 0.9, clipNorm: 0.5 })],
    ['adam', () => adam()],
  ])('accumulates small batches into the step of the big one: %s', async (_, optimizer) => {
    const big = lineTask({ batchSize: 16 });
    const bigResult = await trainTask(big, options({ optimizer: optimizer() }));
    const small = lineTask({ batchSize: 4 });
    const smallResult = await trainTask(small, options({ optimizer: optimizer(), accumulate: 4 }));
    expect(smallResult.steps).toBe(bigResult.steps);
    expect(smallResult.finalLoss).toBeCloseTo(bigResult.finalLoss, 5);
    small.weights.dataSync().forEach((weight, i) => {
      expect(weight).toBeCloseTo(big.weights.dataSync()[i] as number, 5);
    });
    expect(big.weights.dataSync()[0]).not.toBeCloseTo(0, 1);
  });

  it('skips batches that do not fill a step', async () => {
    const task = lineTask({ batchSize: 8 });
    const result = await trainTask(task, options({ accumulate: 3 }));
    expect(result.totalSteps).toBe(4);
    expect(task.started).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  it('evaluates when asked to, and at the end', async () => {
    const evaluated = async (change: Partial<TaskOptions>) => {
      const reports: EvaluationReport[] = [];
      const observer = { onEvaluation: (report: EvaluationReport) => reports.push(report) };
      await trainTask(lineTask({ batchSize: 8 }), options({ epochs: 3, observers: [observer], ...change }));
      return reports;
    };
    expect((await evaluated({})).map(({ step }) => step)).toEqual([8, 16, 24]);
    expect((await evaluated({ evaluateEvery: { epochs: 2 } })).map(({ step }) => step)).toEqual([16, 24]);
    const bySteps = await evaluated({ evaluateEvery: { steps: 10 } });
    expect(bySteps.map(({ step, epoch }) => [step, epoch])).toEqual([
      [10, 1.25],
      [20, 2.5],
      [24, 3],
    ]);
    expect(Object.keys(bySteps[0]!.metrics)).toEqual(['trainLoss', 'distance']);
    expect(bySteps[2]!.metrics['trainLoss']).toBeLessThan(bySteps[0]!.metrics['trainLoss']!);
  });

  it('keeps the checkpoint with the best metric', async () => {
    // The rate grows from step to step in the end until the loss does, too.
    const growing: TaskOptions['learningRate'] = { kind: 'piecewise', rate: 0.1, at: [0.5], factor: 40 };
    const distances: number[] = [];
    const result = await trainTask(
      lineTask({ batchSize: 8 }),
      options({
        epochs: 6,
        learningRate: growing,
        optimizer: sgd(),
        checkpoint: { directory: join(directory, 'best'), best: { metric: 'distance', mode: 'min' } },
        observers: [{ onEvaluation: ({ metrics }) => distances.push(metrics['distance']!) }],
      }),
    );
    expect(result.best!.value).toBe(Math.min(...distances));
    expect(result.best!.step).toBe(8 * (distances.indexOf(Math.min(...distances)) + 1));
    expect(result.best!.step).toBeLessThan(48);
    await expect(
      trainTask(
        lineTask({ batchSize: 8 }),
        options({ checkpoint: { directory: join(directory, 'unknown'), best: { metric: 'bleu' } } }),
      ),
    ).rejects.toThrow("checkpoint.best.metric must be one of trainLoss, distance, got 'bleu'");
  });

  it('writes the checkpoint at once when interrupted, before a second signal can end the process', async () => {
    const checkpoint = { directory: join(directory, 'at-once') };
    const controller = new AbortController();
    let savedAt: number | undefined;
    await trainTask(
      lineTask({ batchSize: 8 }),
      options({
        checkpoint,
        signal: controller.signal,
        observers: [
          {
            onStep({ step }) {
              // As a signal does: between two steps.
              if (step === 3) setImmediate(() => controller.abort());
            },
            onCheckpoint: (step) => {
              savedAt = step;
            },
            onEnd: () => expect(savedAt).toBe(3),
          },
        ],
      }),
    );
    expect(savedAt).toBe(3);
  });

  it('repeats an interrupted evaluation after resuming, and ends with the same bits and metrics', async () => {
    const run = async (interruptIn: 'evaluate' | undefined, change: Partial<TaskOptions> = {}) => {
      const controller = new AbortController();
      const metrics: [number, number][] = [];
      const task = lineTask({
        batchSize: 8,
        onEvaluate: () => interruptIn && metrics.length === 1 && controller.abort(),
      });
      const result = await trainTask(task, {
        ...options({ epochs: 3, optimizer: adam() }),
        signal: controller.signal,
        observers: [{ onEvaluation: (report) => metrics.push([report.step, report.metrics['distance']!]) }],
        ...change,
      });
      return { result, metrics, weights: [...task.weights.dataSync()] };
    };
    const whole = await run(undefined);
    const checkpoint = { directory: join(directory, 'pending') };
    const cut = await run('evaluate', { checkpoint });
    expect(cut.result).toMatchObject({ steps: 16, interrupted: true });
    expect(cut.metrics.map(([step]) => step)).toEqual([8]);
    const resumed = await run(undefined, { checkpoint });
    expect([...cut.metrics, ...resumed.metrics]).toEqual(whole.metrics);
    expect(resumed.weights).toEqual(whole.weights);
    expect(resumed.result.finalLoss).toBe(whole.result.finalLoss);
  });

  it("saves a transform's own variables in checkpoints and trains the trainable ones", async () => {
    const checkpoint = { directory: join(directory, 'transform') };
    const controller = new AbortController();
    const gated = (signal?: AbortSignal) => {
      const task = lineTask({ batchSize: 8, gate: true });
      return { task, done: trainTask(task, options({ checkpoint, signal, observers: signal ? [stopper] : [] })) };
    };
    const stopper = { onStep: ({ step }: { step: number }) => step === 5 && controller.abort() };
    const first = gated(controller.signal);
    await first.done;
    const gate = [...first.task.gate!.dataSync()];
    expect(gate[0]).not.toBe(1);
    expect(first.task.counter!.dataSync()[0]).toBe(5);
    const second = gated();
    await second.done;
    // Five steps before and eleven after: the counter went on, it did not begin anew.
    expect(second.task.counter!.dataSync()[0]).toBe(16);
  });

  it('refuses options that do not fit the task', async () => {
    const task = lineTask({ batchSize: 8 });
    const refused = (change: Partial<TaskOptions>) => expect(trainTask(task, options(change))).rejects;
    await refused({ epochs: 1.5 }).toThrow('trainTask: epochs must be an integer ≥ 1, got 1.5');
    await refused({ accumulate: 9 }).toThrow(
      'accumulate must be an integer in [1, 8] (the batches of an epoch), got 9',
    );
    await refused({ evaluateEvery: { steps: 0 } }).toThrow('evaluateEvery.steps must be an integer ≥ 1, got 0');
    await refused({ learningRate: { kind: 'constant', rate: -1 } }).toThrow('rate must be > 0, got -1');
    const short = lineTask({ batchSize: 8, missing: 2 });
    await expect(trainTask(short, options())).rejects.toThrow('epoch 0 of line ended after 6 of its 8 steps');
  });

  it('stops before saving a weight that is not finite', async () => {
    const task = lineTask({ batchSize: 8 });
    const run = trainTask(
      task,
      options({
        learningRate: { kind: 'constant', rate: 1e39 },
        checkpoint: { directory: join(directory, 'infinite'), everySteps: 1 },
      }),
    );
    await expect(run).rejects.toThrow(
      /trainTask: the loss is .* at step 1; first non-finite value: the weight 'weights'/,
    );
  });
});
