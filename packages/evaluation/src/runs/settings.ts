import { SCHEDULE_KINDS } from '@winnow/training/learning-rate';
import {
  type Check,
  fraction,
  integer,
  number,
  numbers,
  oneOf,
  positive,
  text,
  truth,
  when,
} from './setting-checks.js';

/** What one setting of a run is. */
export interface Setting {
  /** Its key in a configuration file; on the command line `batchSize` is `--batch-size`. */
  readonly key: string;
  /** What its value looks like, for help. */
  readonly value: string;
  readonly summary: string;
  readonly check: Check;
  /** undefined: nothing is set. */
  readonly default?: unknown;
}

/**
 * All settings of a training run: what a configuration file may hold and what `winnow train` takes. Checks that need the data set
 * or the model follow when these are there.
 */
export const SETTINGS: readonly Setting[] = [
  { key: 'model', value: 'name', summary: 'a model of `winnow models`', check: text, default: 'resnet20' },
  { key: 'dataset', value: 'name', summary: 'a data set of `winnow datasets`', check: text, default: 'fashion-mnist' },
  { key: 'dataDir', value: 'directory', summary: 'a directory that has the data set', check: text },
  {
    key: 'method',
    value: 'spec',
    summary: 'NAME or NAME:key=value,… of `winnow methods`',
    check: text,
    default: 'none',
  },
  {
    key: 'granularity',
    value: 'g',
    summary: 'what the method drops: weight or unit',
    check: oneOf('weight', 'unit'),
    default: 'weight',
  },
  { key: 'epochs', value: 'n', summary: 'passes over the training images', check: integer(1), default: 10 },
  { key: 'batchSize', value: 'n', summary: 'images per batch', check: integer(1), default: 128 },
  {
    key: 'accumulate',
    value: 'n',
    summary: 'batches whose gradients are averaged for one step',
    check: integer(1),
    default: 1,
  },
  {
    key: 'schedule',
    value: 'kind',
    summary: SCHEDULE_KINDS.filter((kind) => kind !== 'warm-up').join(', '),
    check: oneOf(...SCHEDULE_KINDS.filter((kind) => kind !== 'warm-up')),
    default: 'one-cycle',
  },
  {
    key: 'learningRate',
    value: 'rate',
    summary: 'the highest rate of the schedule',
    check: positive,
    default: 0.2,
  },
  {
    key: 'warmup',
    value: 'fraction',
    summary: 'one-cycle: fraction of all steps before the peak',
    check: fraction,
    default: 0.2,
  },
  {
    key: 'warmupSteps',
    value: 'n',
    summary: 'linear warm-up in front of the schedule; inverse-square-root: its own',
    check: integer(1),
  },
  {
    key: 'milestones',
    value: 'list',
    summary: 'piecewise: fractions of all steps at which the rate falls',
    check: numbers('fractions in [0, 1)', (value) => value >= 0 && value < 1),
    default: [0.5, 0.75],
  },
  { key: 'factor', value: 'f', summary: 'piecewise: what the rate is multiplied by', check: positive, default: 0.1 },
  {
    key: 'finalRate',
    value: 'rate',
    summary: 'cosine: the last rate',
    check: number('≥ 0', (rate) => rate >= 0),
    default: 0,
  },
  {
    key: 'optimizer',
    value: 'name',
    summary: 'sgd, adam or adamw',
    check: oneOf('sgd', 'adam', 'adamw'),
    default: 'sgd',
  },
  { key: 'momentum', value: 'm', summary: 'sgd: in [0, 1)', check: fraction, default: 0.9 },
  { key: 'nesterov', value: '', summary: "sgd: Nesterov's form of momentum", check: truth, default: false },
  { key: 'beta1', value: 'β', summary: 'adam, adamw: in [0, 1)', check: fraction, default: 0.9 },
  { key: 'beta2', value: 'β', summary: 'adam, adamw: in [0, 1)', check: fraction, default: 0.999 },
  {
    key: 'weightDecay',
    value: 'λ',
    summary: 'L2, on the raw kernels; adamw: decoupled',
    check: number('≥ 0', (value) => value >= 0),
    default: 5e-4,
  },
  { key: 'clipNorm', value: 'norm', summary: 'the largest global norm of the gradients', check: positive },
  {
    key: 'pad',
    value: 'n',
    summary: 'zero pixels around an image before a random crop',
    check: integer(0),
    default: 0,
  },
  { key: 'flip', value: '', summary: 'mirror images left to right at random', check: truth, default: false },
  {
    key: 'standardise',
    value: 'how',
    summary: 'per-image, dataset or none',
    check: oneOf('per-image', 'dataset', 'none'),
    default: 'dataset',
  },
  {
    key: 'seed',
    value: 'n',
    summary: 'of initial weights, data order, augmentation and masks',
    check: integer(0),
    default: 0,
  },
  {
    key: 'evaluateEvery',
    value: 'when',
    summary: 'evaluate after so many epochs, or steps: `2 epochs`, `500 steps`',
    check: when,
    default: '1 epochs',
  },
  {
    key: 'best',
    value: 'metric',
    summary: 'the metric whose best checkpoint is kept',
    check: oneOf('testAccuracy', 'testLoss', 'trainLoss'),
    default: 'testAccuracy',
  },
  { key: 'checkpointEvery', value: 'steps', summary: 'steps between checkpoints', check: integer(1), default: 200 },
  { key: 'logEvery', value: 'steps', summary: 'steps per line of the log', check: integer(1), default: 50 },
  { key: 'tensorboard', value: '', summary: 'write event files', check: truth, default: true },
  {
    key: 'histogramEvery',
    value: 'n',
    summary: 'evaluations between weight histograms in event files; 0 for none',
    check: integer(0),
    default: 1,
  },
];
