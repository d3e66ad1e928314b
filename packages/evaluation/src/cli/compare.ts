import { relative, resolve } from 'node:path';
import { didYouMean } from '@winnow/ops/arguments';
import { winnowCommand } from '@winnow/system/command';
import { writeFileAtomicSync } from '@winnow/system/files';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Experiment, FigureName } from '../experiments/index.js';
import { checkDataDirectory } from '../experiments/names.js';
import { RunStore } from '../experiments/run-store.js';
import type { SweepResult } from '../results/index.js';
import { figureFiles, type Outputs } from '../runs/outputs.js';
import { runDataOf } from '../runs/run-data.js';
import { dataDirectory, execution } from '../runs/settings.js';
import { readNumber, readWords, setting } from '../schema/settings.js';
import { integer, list, oneOf, text, truth } from '../schema/values.js';
import { addSettingsCommand, withoutExtension, workDirectoryOf } from './options.js';
import { refuseOtherResult } from './refuse-other-result.js';
import { interruptSignal, withTensorflow } from './setup.js';

const n = { value: 'n', read: readNumber };
const count = () => integer(1).optional();

const compareSettings = z.strictObject({
  reduced: setting(
    truth.default(false),
    'a small network, some of the images, four epochs: one and a half to two hours of two cores',
  ),
  granularity: setting(oneOf('weight', 'unit', 'both').default('both'), 'what is pruned: weight, unit or both', {
    value: 'g',
  }),
  dataDir: dataDirectory('CIFAR-10 (JPEG)'),
  methods: setting(
    list(text, 'a list of names').optional(),
    'only arms whose method is one of these, and plain training',
    { value: 'list', read: readWords },
  ),
  execution,
  train: setting(count(), 'training images, in place of those of the size', n),
  test: setting(count(), 'test images', n),
  epochs: setting(count(), 'passes over the training images', n),
  seeds: setting(count(), 'number of seeds', n),
});
type CompareSettings = z.output<typeof compareSettings>;

/** `winnow compare` */
export function addCompare(program: Command): void {
  addSettingsCommand(program, {
    name: 'compare',
    description: 'train one network with every method and compare accuracy against sparsity, and the time of a step',
    settings: compareSettings,
    out: {
      value: 'path',
      summary:
        'writes PATH-weight.json, PATH-unit.json, figures and PATH.md; ' +
        'resumes an unfinished comparison of the same settings',
      default: 'output/compare',
      outputs: outputsOf,
    },
    run: compare,
  });
}

function granularitiesOf({ granularity }: CompareSettings): readonly ('weight' | 'unit')[] {
  return granularity === 'both' ? ['weight', 'unit'] : [granularity];
}

/** What the files of a comparison are named after. */
function pathOf(out: string): string {
  return withoutExtension(resolve(out), ['.json', '.svg', '.png', '.md']);
}

const FIGURES: readonly FigureName[] = ['paper', 'beyond'];

function outputsOf(out: string, given: CompareSettings): Outputs {
  const path = pathOf(out);
  const { directories, files } = RunStore.outputs(workDirectoryOf(path));
  const results = granularitiesOf(given).flatMap((one) => [
    `${path}-${one}.json`,
    ...FIGURES.flatMap((figure) => figureFiles(`${path}-${one}-${figure}`)),
  ]);
  // Of both granularities: they share PATH.md.
  const signs = [...files, ...(['weight', 'unit'] as const).map((one) => `${path}-${one}.json`)];
  return { directories, files: [`${path}.md`, ...results, ...files], signs };
}

async function compare(given: CompareSettings, out: string): Promise<void> {
  const granularities = granularitiesOf(given);
  await checkMethods(given.methods, granularities);
  const path = pathOf(out);
  const command = winnowCommand(process.argv.slice(2));
  // Of both granularities: they share PATH.md.
  const refuseOther = async (digest?: string) => {
    for (const one of ['weight', 'unit']) await refuseOtherResult(`${path}-${one}.json`, 'comparison', command, digest);
  };
  await refuseOther();
  const { cifar10Jpeg } = await import('@winnow/data');
  await checkDataDirectory('winnow compare', cifar10Jpeg, given.dataDir);
  const { comparisonExperiment, comparisonFigures, FULL, REDUCED, runExperiment, stepTimes } = await withTensorflow(
    () => import('../experiments/index.js'),
  );
  const signal = interruptSignal();
  const { comparisonMarkdown, writeFigure } = await import('../report/index.js');
  const { writeSweepResult } = await import('../results/index.js');
  const { stepMilliseconds } = await import('../results/sweep-result.js');
  const { describeEnvironment } = await withTensorflow(() => import('../experiments/run-experiment.js'));
  const workDirectory = workDirectoryOf(path);
  const store = new RunStore(workDirectory);
  const { train, test, epochs, seeds } = given;
  const standard = given.reduced ? REDUCED : FULL;
  const size = {
    ...standard,
    ...(train && { train }),
    ...(test && { test }),
    ...(epochs && { epochs }),
    ...(seeds && { seeds: Array.from({ length: seeds }, (_, i) => i) }),
  };
  const how = given.execution === 'dense' ? {} : { execution: given.execution };
  const options = { signal, command, ...(given.dataDir !== undefined && { directory: given.dataDir }) };
  const sections: string[] = [];
  for (const granularity of granularities) {
    const whole = await comparisonExperiment(granularity, size, options);
    await refuseOther(whole.dataset.digest);
    const arms = whole.arms.filter(({ method }) => isChosen(method, given.methods));
    const experiment = { ...whole, ...how, arms };
    store.claim(runDataOf(whole.dataset));
    // Times are of this machine, and runs are not.
    const timed = RunStore.key([
      'step times',
      whole.dataset.digest,
      size,
      arms,
      describeEnvironment(),
      ...Object.values(how),
    ]);
    const milliseconds = await store.remember(timed, stepMilliseconds, () => stepTimes(experiment, { signal }));
    const runs = await runExperiment(withoutFigures(experiment), {
      workDirectory,
      signal,
      onRun: ({ done, total, secondsLeft }) => {
        const left = `about ${Math.ceil(secondsLeft / 60)} min left`;
        process.stderr.write(`${granularity}: ${done} of ${total} networks · ${left}\n`);
      },
    });
    const result: SweepResult = { ...runs, stepMilliseconds: milliseconds };
    await writeSweepResult(`${path}-${granularity}.json`, result);
    for (const [name, part] of comparisonFigures(result)) await writeFigure(part, `${path}-${granularity}-${name}`);
    sections.push(`## Pruning ${granularity === 'weight' ? 'weights' : 'units'}\n\n${comparisonMarkdown(result)}\n`);
  }
  writeFileAtomicSync(`${path}.md`, sections.join('\n'));
  process.stdout.write(`\n${sections.join('\n')}\nTables: ${relative(process.cwd(), `${path}.md`)}\n`);
  store.clear();
}

/** Refuses methods that no arm has. @throws RangeError that lists those that there are */
async function checkMethods(
  methods: readonly string[] | undefined,
  granularities: readonly ('weight' | 'unit')[],
): Promise<void> {
  const { comparisonArms } = await import('../experiments/comparison.js');
  const known = new Set(granularities.flatMap((one) => comparisonArms(one, 1, 1).map(({ method }) => method)));
  const unknown = methods?.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const hint = didYouMean(unknown, known);
  throw new RangeError(`winnow compare: methods must be some of ${[...known].join(', ')}, got '${unknown}'${hint}`);
}

function isChosen(method: string, list: readonly string[] | undefined): boolean {
  return list === undefined || method === 'none' || list.includes(method);
}

/** Which figure shows an arm does not decide its result, so it is no part of what runs are kept under. */
function withoutFigures(experiment: Experiment): Experiment {
  const arms = experiment.arms.map(({ label, method, hyperparameters }) => ({ label, method, hyperparameters }));
  return { ...experiment, arms };
}
