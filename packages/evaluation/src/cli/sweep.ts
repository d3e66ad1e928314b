import { basename, dirname, join, resolve } from 'node:path';
import { winnowCommand } from '@winnow/system/command';
import { type Command, InvalidArgumentError } from 'commander';
import type { Experiment, Hyperparameters } from '../experiments/index.js';
import { parseMethod } from '../runs/config.js';
import { interruptSignal } from './interrupt.js';
import { withTensorflow } from './setup.js';

interface SweepArguments {
  model: string;
  dataset: string;
  data?: string;
  method: { name: string; hyperparameters: Hyperparameters }[];
  seeds: number[];
  epochs: number;
  batchSize: number;
  learningRate: number;
  momentum: number;
  weightDecay: number;
  granularity: 'weight' | 'unit';
  sparsities: number[];
  reestimateBatches: number;
  augment: boolean;
  out: string;
}

/** `winnow sweep` */
export function addSweep(program: Command): void {
  program
    .command('sweep')
    .description('train a model with one or several methods and measure accuracy against sparsity')
    .option('--model <name>', 'a model of `winnow models`', 'resnet8')
    .option('--dataset <name>', 'a data set of `winnow datasets`', 'fashion-mnist')
    .option('--data <directory>', 'a directory that has the data set')
    .option('--method <spec>', 'NAME or NAME:key=value,… of `winnow methods`; may be repeated', collectMethod)
    .option('--seeds <list>', 'comma-separated seeds', integers, [0])
    .option('--epochs <n>', 'passes over the training images', integer, 2)
    .option('--batch-size <n>', 'images per step', integer, 128)
    .option('--learning-rate <rate>', 'peak of the one-cycle schedule', number, 0.2)
    .option('--momentum <m>', 'in [0, 1)', number, 0.9)
    .option('--weight-decay <λ>', 'L2, on the raw kernels', number, 5e-4)
    .option('--granularity <g>', 'weight or unit', granularity, 'weight')
    .option('--sparsities <list>', 'comma-separated fractions', fractions)
    .option('--reestimate-batches <n>', 'batches for re-estimating BatchNorm statistics', integer, 30)
    .option('--no-augment', 'no random crops and flips')
    .option('--out <path>', 'writes PATH.json, PATH.svg, PATH.png', 'output/sweep')
    .action(async (given: SweepArguments) => {
      await checkNames(given);
      const { runExperiment, RunStore } = await withTensorflow(() => import('../experiments/index.js'));
      const signal = interruptSignal();
      const { publish } = await import('./results.js');
      const experiment = await toExperiment(given, signal);
      const path = resolve(given.out);
      const workDirectory = join(dirname(path), `${basename(path)}.work`);
      const result = await runExperiment(experiment, { workDirectory, signal });
      await publish(result, path);
      new RunStore(workDirectory).clear();
    });
}

/** Refuses unknown names before anything is fetched, compiled or loaded. */
async function checkNames({ model, dataset, method, granularity }: SweepArguments): Promise<void> {
  const [{ findModel }, { resolveMethod }, { findDataset }] = await Promise.all([
    import('../experiments/models.js'),
    import('../experiments/methods.js'),
    import('@winnow/data'),
  ]);
  for (const { name, hyperparameters } of method ?? []) resolveMethod(name, hyperparameters, granularity);
  findModel(model);
  findDataset(dataset);
}

async function toExperiment(given: SweepArguments, signal: AbortSignal): Promise<Experiment> {
  const [{ findModel }, { PAPER_SPARSITIES }] = await Promise.all([
    import('../experiments/models.js'),
    import('../experiments/experiment.js'),
  ]);
  const { loadDataset } = await import('@winnow/data');
  const specs = given.method ?? [{ name: 'none', hyperparameters: {} }];
  const model = findModel(given.model);
  const dataset = await loadDataset(given.dataset, { signal, ...(given.data && { directory: given.data }) });
  const isColour = dataset.train.channels === 3;
  return {
    dataset,
    model,
    arms: specs.map(({ name, hyperparameters }) => ({
      label: labelOf(name, hyperparameters),
      method: name,
      hyperparameters,
    })),
    seeds: given.seeds,
    epochs: given.epochs,
    batchSize: given.batchSize,
    learningRate: { kind: 'one-cycle', peak: given.learningRate, warmup: 0.2 },
    momentum: given.momentum,
    weightDecay: given.weightDecay,
    augment: {
      standardise: 'dataset',
      statistics: dataset.statistics,
      ...(given.augment && isColour && { pad: 4, flip: true }),
    },
    granularity: given.granularity,
    sparsities: given.sparsities ?? PAPER_SPARSITIES,
    reestimateBatches: given.reestimateBatches,
    command: winnowCommand(process.argv.slice(2)),
  };
}

function labelOf(name: string, hyperparameters: Hyperparameters): string {
  const values = Object.entries(hyperparameters).map(([key, value]) => `${key} ${value}`);
  return [name === 'none' ? 'plain' : name.replaceAll('-', ' '), ...values].join(' ');
}

function collectMethod(spec: string, previous: SweepArguments['method'] = []): SweepArguments['method'] {
  try {
    return [...previous, parseMethod(spec)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number');
  return value;
}

function integer(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected an integer ≥ 1');
  return value;
}

function integers(text: string): number[] {
  return text.split(',').map((part) => {
    const value = number(part);
    if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected integers ≥ 0');
    return value;
  });
}

function fractions(text: string): number[] {
  return text.split(',').map((part) => {
    const value = number(part);
    if (value < 0 || value > 1) throw new InvalidArgumentError('expected fractions in [0, 1]');
    return value;
  });
}

function granularity(text: string): string {
  if (text !== 'weight' && text !== 'unit') throw new InvalidArgumentError("expected 'weight' or 'unit'");
  return text;
}
