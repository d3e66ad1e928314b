import { resolve } from 'node:path';
import { winnowCommand } from '@winnow/system/command';
import type { Command } from 'commander';
import { z } from 'zod';
import { checkLabels } from '../experiments/check-experiment.js';
import { type Experiment, PAPER_SPARSITIES } from '../experiments/experiment.js';
import { checkNames, type MethodSpec, parseMethod } from '../experiments/names.js';
import { RunStore } from '../experiments/run-store.js';
import { figureFiles } from '../runs/outputs.js';
import { dataDirectory, execution, granularity, imageSize, methodSpec, sizeOf } from '../runs/settings.js';
import { differentNumbers, readNumber, readNumbers, risingNumbers, setting } from '../schema/settings.js';
import { fractionBelowOne, integer, list, nonNegative, positive, text, truth } from '../schema/values.js';
import { addSettingsCommand, withoutExtension, workDirectoryOf } from './options.js';
import { refuseOtherResult } from './refuse-other-result.js';
import { publish } from './report.js';
import { interruptSignal, withTensorflow } from './setup.js';

const n = { value: 'n', read: readNumber };
const count = () => integer(1);
/** One method may stand without a list in a file. */
const methods = z.preprocess((value) => (typeof value === 'string' ? [value] : value), list(methodSpec));

const sweepSettings = z.strictObject({
  model: setting(text.default('resnet8'), 'a model of `winnow models`', { value: 'name' }),
  dataset: setting(text.default('fashion-mnist'), 'a data set of `winnow datasets`', { value: 'name' }),
  dataDir: dataDirectory('the data set'),
  imageSize,
  method: setting(methods.default(['none']), 'NAME or NAME:key=value,… of `winnow methods`; may be repeated', {
    value: 'spec',
    repeats: true,
  }),
  seeds: setting(
    differentNumbers('different integers ≥ 0', (value) => Number.isSafeInteger(value) && value >= 0).default([0]),
    'comma-separated seeds',
    { value: 'list', read: readNumbers },
  ),
  execution,
  epochs: setting(count().default(2), 'passes over the training images', n),
  batchSize: setting(count().default(128), 'images per step', n),
  learningRate: setting(positive.default(0.2), 'peak of the one-cycle schedule', { value: 'rate', read: readNumber }),
  momentum: setting(fractionBelowOne.default(0.9), 'in [0, 1)', { value: 'm', read: readNumber }),
  weightDecay: setting(nonNegative.default(5e-4), 'L2, on the raw kernels', { value: 'λ', read: readNumber }),
  granularity: setting(granularity.default('weight'), 'what is dropped and pruned: weight or unit', { value: 'g' }),
  sparsities: setting(
    risingNumbers('rising fractions in [0, 1]', (value) => value >= 0 && value <= 1).default([...PAPER_SPARSITIES]),
    'comma-separated fractions to prune',
    { value: 'list', read: readNumbers },
  ),
  reestimateBatches: setting(count().default(30), 'batches for re-estimating BatchNorm statistics', n),
  augment: setting(truth.default(true), 'crop and flip images at random'),
});
type SweepSettings = z.output<typeof sweepSettings>;

/** `winnow sweep` */
export function addSweep(program: Command): void {
  addSettingsCommand(program, {
    name: 'sweep',
    description: 'train a model with one or several methods and measure accuracy against sparsity',
    settings: sweepSettings,
    out: {
      value: 'path',
      summary: 'writes PATH.json, PATH.svg, PATH.png; resumes an unfinished sweep of the same settings',
      default: 'output/sweep',
      outputs(out) {
        const path = pathOf(out);
        const { directories, files } = RunStore.outputs(workDirectoryOf(path));
        const signs = [`${path}.json`, ...files];
        return { directories, files: [...signs, ...figureFiles(path)], signs };
      },
    },
    async run(settings, out) {
      const specs = settings.method.map(parseMethod);
      checkLabels(
        'winnow sweep: method',
        specs.map(({ name, hyperparameters }) => labelOf(name, hyperparameters)),
      );
      await checkNames('winnow sweep', { ...settings, specs });
      const path = pathOf(out);
      const command = winnowCommand(process.argv.slice(2));
      await refuseOtherResult(`${path}.json`, 'sweep', command);
      const { runExperiment } = await withTensorflow(() => import('../experiments/index.js'));
      const signal = interruptSignal();
      const experiment = await toExperiment(settings, specs, command, signal);
      await refuseOtherResult(`${path}.json`, 'sweep', command, experiment.dataset.digest);
      const workDirectory = workDirectoryOf(path);
      const result = await runExperiment(experiment, { workDirectory, signal });
      await publish(result, path);
      new RunStore(workDirectory).clear();
    },
  });
}

/** What the files of a sweep are named after. */
function pathOf(out: string): string {
  return withoutExtension(resolve(out), ['.json', '.svg', '.png']);
}

async function toExperiment(
  settings: SweepSettings,
  specs: readonly MethodSpec[],
  command: string,
  signal: AbortSignal,
): Promise<Experiment> {
  const [{ findModel }, { loadDataset }] = await Promise.all([
    import('../experiments/models.js'),
    import('@winnow/data'),
  ]);
  const { dataDir, imageSize: size, learningRate, augment, method: _, execution: how, ...shared } = settings;
  const dataset = await loadDataset(settings.dataset, {
    signal,
    ...(dataDir && { directory: dataDir }),
    ...(size && { size: sizeOf(size) }),
  });
  const isColour = dataset.train.channels === 3;
  return {
    ...shared,
    ...(how !== 'dense' && { execution: how }),
    dataset,
    model: findModel(settings.model),
    arms: specs.map(({ name, hyperparameters }) => ({
      label: labelOf(name, hyperparameters),
      method: name,
      hyperparameters,
    })),
    learningRate: { kind: 'one-cycle', peak: learningRate, warmup: 0.2 },
    augment: {
      standardise: 'dataset',
      statistics: dataset.statistics,
      ...(augment && isColour && { pad: 4, flip: true }),
    },
    command,
  };
}

function labelOf(name: string, hyperparameters: MethodSpec['hyperparameters']): string {
  const values = Object.entries(hyperparameters).map(([key, value]) => `${key} ${value}`);
  return [name === 'none' ? 'plain' : name.replaceAll('-', ' '), ...values].join(' ');
}
