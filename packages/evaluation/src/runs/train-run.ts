import { resolveMethod } from '@winnow/baselines';
import { type ImageDataset, loadDataset, type Split } from '@winnow/data';
import { applyTransform, parameterCount } from '@winnow/models';
import { checkKeys } from '@winnow/native/value-checks';
import { WriteError, writeFileAtomicSync } from '@winnow/system/files';
import type { tf } from '@winnow/tensorflow';
import {
  type EvaluationRecord,
  type OptimizerChoice,
  RunLog,
  type RunObserver,
  type TaskResult,
  TensorBoard,
  TrainingProgress,
  train,
} from '@winnow/training';
import { findModel, InterruptedError } from '../experiments/index.js';
import { checkNames, parseMethod } from '../experiments/names.js';
import { describeEnvironment } from '../experiments/run-experiment.js';
import type { TrainingEvaluation, TrainingResult } from '../results/training-result.js';
import { commandOf, evaluationOf, runConfig, scheduleOf } from './config.js';
import { leftOut } from './left-out.js';
import { checkOutputs } from './outputs.js';
import { checkOutsideData } from './outside-data.js';
import { runDataOf } from './run-data.js';
import { RunDirectory } from './run-directory.js';
import { type RunConfig, sizeOf } from './settings.js';

/** Where a run keeps its files, and what interrupts it. */
export interface TrainRunOptions {
  directory: string;
  signal: AbortSignal;
}

/**
 * Trains by a configuration, with progress on standard error, and keeps everything in the run's directory:
 * `config.json`, `data.json`, `log.jsonl`, checkpoints, `result.json` and the model. An unfinished run of the same
 * configuration on the same data found there is resumed.
 *
 * @throws RangeError, Error before any work if a name or value is refused, something is in the way of a file, or the
 *   directory holds another run, or one on other data; WriteError naming a file that cannot be written after all
 * @throws InterruptedError when the signal is aborted; a checkpoint is written before
 */
export async function trainRun(given: RunConfig, options: TrainRunOptions): Promise<TrainingResult> {
  checkKeys('trainRun', 'options', options, ['directory', 'signal']);
  const { directory, signal } = options;
  const config = runConfig(given, 'trainRun');
  const { dataDir, imageSize, seed, batchSize, epochs, granularity } = config;
  const { name, hyperparameters } = parseMethod(config.method);
  await checkNames('trainRun', { ...config, specs: [{ name, hyperparameters }] });
  const files = new RunDirectory(directory);
  checkOutputs('trainRun: directory', directory, files.outputs(config));
  checkOutsideData('trainRun: directory', directory, files.outputs(config), dataDir);
  files.check(config);
  const dataset = await loadDataset(config.dataset, {
    signal,
    stream: true,
    ...(dataDir && { directory: dataDir }),
    ...(imageSize && { size: sizeOf(imageSize) }),
  });
  checkStandardise(config, dataset);
  const data = runDataOf(dataset);
  files.checkData(data);
  const { method, hyperparameters: settings } = resolveMethod(name, hyperparameters, granularity);
  const named = findModel(config.model);
  const model = named.create({ dataset, seed });
  const totalSteps = Math.floor(Math.floor(dataset.train.count / batchSize) / config.accumulate) * epochs;
  const transform = method.create(settings, { granularity, seed, totalSteps });
  const applied = transform && applyTransform(model, transform);
  const log = new RunLog(files.log, { everySteps: config.logEvery });
  // Only what is about to train claims the directory: a refused setting can be mended and tried again.
  const claim = {
    onStart: () => {
      files.claim(config, data);
      process.stderr.write(leftOut(applied?.skipped ?? []));
    },
  };
  const observers: RunObserver[] = [claim, log, new TrainingProgress({ title: `Training ${named.title}` })];
  if (config.tensorboard) {
    observers.push(new TensorBoard({ directory: files.events, histogramEvery: config.histogramEvery }));
  }
  try {
    const { standardise, pad, flip } = config;
    const result = await train(model, dataset.train, {
      epochs,
      batchSize,
      accumulate: config.accumulate,
      learningRate: scheduleOf(config),
      ...optimizerOf(config),
      seed,
      execution: config.execution,
      augment: { pad, flip, standardise, ...(standardise === 'dataset' && { statistics: dataset.statistics }) },
      test: dataset.test,
      evaluateEvery: evaluationOf(config),
      checkpoint: {
        directory: files.checkpoints,
        everySteps: config.checkpointEvery,
        best: { metric: config.best },
      },
      signal,
      observers,
    });
    if (result.interrupted) throw new InterruptedError();
    const summary = summaryOf(config, dataset, named.title, model, log, result);
    writeFileAtomicSync(files.result, `${JSON.stringify(summary, null, 2)}\n`);
    await model.save(`file://${files.model}`).catch((cause: unknown) => {
      throw new WriteError(files.model, cause);
    });
    return summary;
  } finally {
    applied?.remove();
    model.dispose();
  }
}

/** @throws RangeError naming the setting, where a channel has no deviation to divide by */
function checkStandardise({ standardise }: RunConfig, { statistics }: ImageDataset<Split>): void {
  const channel = statistics.std.findIndex((deviation) => !(deviation > 0));
  if (standardise !== 'dataset' || channel < 0) return;
  throw new RangeError(
    `trainRun: standardise (--standardise) must be per-image or none where a channel has one value in all training ` +
      `images, as channel ${channel} has, got "dataset"`,
  );
}

function summaryOf(
  config: RunConfig,
  dataset: ImageDataset<Split>,
  modelTitle: string,
  model: tf.LayersModel,
  log: RunLog,
  { steps, seconds, best }: TaskResult,
): TrainingResult {
  const { dataDir: _, ...shown } = config;
  return {
    format: 'winnow-train/1',
    created: new Date().toISOString(),
    command: commandOf(config),
    dataset: dataset.title,
    datasetDigest: dataset.digest,
    model: modelTitle,
    parameters: parameterCount(model),
    trainImages: dataset.train.count,
    testImages: dataset.test.count,
    config: shown,
    environment: describeEnvironment(),
    steps,
    seconds: Number(seconds.toFixed(1)),
    evaluations: log.records
      .filter((record): record is EvaluationRecord => record.kind === 'evaluation')
      .map(({ kind: _, ...record }) => record as unknown as TrainingEvaluation),
    best: best as TrainingResult['best'],
  };
}

function optimizerOf(config: RunConfig): OptimizerChoice {
  const { optimizer, momentum, nesterov, beta1, beta2, weightDecay, clipNorm } = config;
  const clipping = clipNorm === undefined ? {} : { clipNorm };
  return { optimizer, momentum, nesterov, beta1, beta2, weightDecay, ...clipping };
}
