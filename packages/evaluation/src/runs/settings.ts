import type { LearningRateSchedule } from '@winnow/training';
import { SCHEDULE_KINDS } from '@winnow/training/learning-rate';
import { z } from 'zod';
import { isMethodSpec } from '../experiments/names.js';
import { numbers, readNumber, readNumbers, type Setting, setting, settingsIn } from '../schema/settings.js';
import { fractionBelowOne, integer, nonNegative, oneOf, positive, text, truth, when } from '../schema/values.js';

/** A warm-up is no schedule of its own here: `warmupSteps` puts one in front of any. */
type ScheduleKind = Exclude<LearningRateSchedule['kind'], 'warm-up'>;
const SCHEDULES = SCHEDULE_KINDS.filter((kind) => kind !== 'warm-up') as [ScheduleKind, ...ScheduleKind[]];

const count = (low = 1) => integer(low);
const n = { value: 'n', read: readNumber };

/** NAME or NAME:key=value,… of `winnow methods`. */
export const methodSpec = text.refine(isMethodSpec, 'NAME or NAME:key=value,…, each key once');
/** What of a network is dropped or pruned. */
export const granularity = oneOf('weight', 'unit');

/** `--execution`, of commands that train. */
export const execution = setting(
  oneOf('auto', 'dense', 'sparse').default('dense'),
  'cut weights in layers: dense computes them as zeros, sparse leaves them out, auto where that is faster',
  { value: 'how' },
);

/** `--data-dir`, of every command that reads a data set. @param what in words */
export function dataDirectory(what: string) {
  return setting(text.optional(), `a directory that has ${what}`, { value: 'directory', isPlace: true });
}

const SIZE_RANGE = 'an integer in [1, 65535], or HEIGHTxWIDTH of such';
/** `--image-size`, of commands that read folders of images; as text, whether one number or two are given. */
export const imageSize = setting(
  z
    .preprocess(
      (value) => (typeof value === 'number' ? String(value) : value),
      z
        .string(SIZE_RANGE)
        .regex(/^[1-9]\d{0,4}(x[1-9]\d{0,4})?$/, SIZE_RANGE)
        .refine((size) => size.split('x').every((side) => Number(side) <= 65_535), SIZE_RANGE),
    )
    .optional(),
  'image-folders: bring images to this size, such as 64 or 48x64',
  { value: 'size' },
);

/** Height and width of an `imageSize`. */
export function sizeOf(size: string): { height: number; width: number } {
  const [height, width = height] = size.split('x').map(Number) as [number, number?];
  return { height, width };
}

/**
 * All settings of a training run: what a configuration file may hold and what `winnow train` takes. Checks that need
 * the data set or the model follow when these are there.
 */
export const runSettings = z.strictObject({
  model: setting(text.default('resnet20'), 'a model of `winnow models`', { value: 'name' }),
  dataset: setting(text.default('fashion-mnist'), 'a data set of `winnow datasets`', { value: 'name' }),
  dataDir: dataDirectory('the data set'),
  imageSize,
  method: setting(methodSpec.default('none'), 'NAME or NAME:key=value,… of `winnow methods`', { value: 'spec' }),
  granularity: setting(granularity.default('weight'), 'what the method drops: weight or unit', { value: 'g' }),
  execution,
  epochs: setting(count().default(10), 'passes over the training images', n),
  batchSize: setting(count().default(128), 'images per batch', n),
  accumulate: setting(count().default(1), 'batches whose gradients are averaged for one step', n),
  schedule: setting(oneOf(...SCHEDULES).default('one-cycle'), SCHEDULES.join(', '), { value: 'kind' }),
  learningRate: setting(positive.default(0.2), 'the highest rate of the schedule', { value: 'rate', read: readNumber }),
  warmup: setting(fractionBelowOne.default(0.2), 'one-cycle: fraction of all steps before the peak', {
    value: 'fraction',
    read: readNumber,
  }),
  warmupSteps: setting(count().optional(), 'linear warm-up in front of the schedule; inverse-square-root: its own', n),
  milestones: setting(
    numbers('fractions in [0, 1)', (value) => value >= 0 && value < 1).default([0.5, 0.75]),
    'piecewise: fractions of all steps at which the rate falls',
    { value: 'list', read: readNumbers },
  ),
  factor: setting(positive.default(0.1), 'piecewise: what the rate is multiplied by', { value: 'f', read: readNumber }),
  finalRate: setting(nonNegative.default(0), 'cosine: the last rate', { value: 'rate', read: readNumber }),
  optimizer: setting(oneOf('sgd', 'adam', 'adamw').default('sgd'), 'sgd, adam or adamw', { value: 'name' }),
  momentum: setting(fractionBelowOne.default(0.9), 'sgd: in [0, 1)', { value: 'm', read: readNumber }),
  nesterov: setting(truth.default(false), "sgd: Nesterov's form of momentum"),
  beta1: setting(fractionBelowOne.default(0.9), 'adam, adamw: in [0, 1)', { value: 'β', read: readNumber }),
  beta2: setting(fractionBelowOne.default(0.999), 'adam, adamw: in [0, 1)', { value: 'β', read: readNumber }),
  weightDecay: setting(nonNegative.default(5e-4), 'L2, on the raw kernels; adamw: decoupled', {
    value: 'λ',
    read: readNumber,
  }),
  clipNorm: setting(positive.optional(), 'the largest global norm of the gradients', {
    value: 'norm',
    read: readNumber,
  }),
  pad: setting(integer(0, 4096).default(0), 'zero pixels around an image before a random crop', n),
  flip: setting(truth.default(false), 'mirror images left to right at random'),
  standardise: setting(oneOf('per-image', 'dataset', 'none').default('dataset'), 'per-image, dataset or none', {
    value: 'how',
  }),
  seed: setting(count(0).default(0), 'of initial weights, data order, augmentation and masks', n),
  evaluateEvery: setting(when.default('1 epochs'), 'evaluate after so many epochs, or steps: `2 epochs`, `500 steps`', {
    value: 'when',
  }),
  best: setting(
    oneOf('testAccuracy', 'testLoss', 'trainLoss').default('testAccuracy'),
    'the metric whose best checkpoint is kept',
    { value: 'metric' },
  ),
  checkpointEvery: setting(count().default(200), 'steps between checkpoints', { value: 'steps', read: readNumber }),
  logEvery: setting(count().default(50), 'steps per line of the log', { value: 'steps', read: readNumber }),
  tensorboard: setting(truth.default(true), 'write event files'),
  histogramEvery: setting(count(0).default(1), 'evaluations between weight histograms in event files; 0 for none', n),
});

/** A run's settings, every default filled in. */
export type RunConfig = z.output<typeof runSettings>;

/** The settings of a training run, as lists show them. */
export const SETTINGS: readonly Setting[] = settingsIn(runSettings);
