import { mkdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { winnowCommand } from '@winnow/system/command';
import { writeFileAtomicSync } from '@winnow/system/files';
import { type Command, Option } from 'commander';
import type { Experiment } from '../experiments/index.js';
import type { SweepResult } from '../results/index.js';
import { interruptSignal } from './interrupt.js';
import { withTensorflow } from './setup.js';

interface CompareArguments {
  reduced?: boolean;
  granularity: 'weight' | 'unit' | 'both';
  data?: string;
  methods?: string;
  train?: number;
  test?: number;
  epochs?: number;
  seeds?: number;
  out: string;
}

/** `winnow compare` */
export function addCompare(program: Command): void {
  program
    .command('compare')
    .description('train one network with every method and compare accuracy against sparsity, and the time of a step')
    .option('--reduced', 'a small network, some of the images, four epochs: one and a half to two hours of two cores')
    .addOption(new Option('--granularity <g>', 'what is pruned').choices(['weight', 'unit', 'both']).default('both'))
    .option('--data <directory>', 'a directory that has CIFAR-10 (JPEG)')
    .option('--methods <list>', 'only arms whose method is one of these, and plain training')
    .option('--train <n>', 'training images, in place of those of the size', count)
    .option('--test <n>', 'test images', count)
    .option('--epochs <n>', 'passes over the training images', count)
    .option('--seeds <n>', 'number of seeds', count)
    .option('--out <path>', 'writes PATH-weight.json, PATH-unit.json, figures and PATH.md', 'output/compare')
    .action(async (given: CompareArguments) => {
      const { comparisonExperiment, comparisonFigures, FULL, REDUCED, RunStore, runExperiment, stepTimes } =
        await withTensorflow(() => import('../experiments/index.js'));
      const signal = interruptSignal();
      const { comparisonMarkdown, writeFigure } = await import('../report/index.js');
      const { writeSweepResult } = await import('../results/index.js');
      const path = resolve(given.out);
      const workDirectory = join(dirname(path), `${basename(path)}.work`);
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
      const command = winnowCommand(process.argv.slice(2));
      const options = { signal, command, ...(given.data !== undefined && { directory: given.data }) };
      const sections: string[] = [];
      for (const granularity of given.granularity === 'both' ? (['weight', 'unit'] as const) : [given.granularity]) {
        const whole = await comparisonExperiment(granularity, size, options);
        const arms = whole.arms.filter(({ method }) => isChosen(method, given.methods));
        const experiment = { ...whole, arms };
        const milliseconds = await store.remember(RunStore.key(['step times', size, arms]), () =>
          stepTimes(experiment, { signal }),
        );
        const runs = await runExperiment(withoutFigures(experiment), {
          workDirectory,
          signal,
          onRun: ({ done, total, secondsLeft }) => {
            const left = `about ${Math.ceil(secondsLeft / 60)} min left`;
            process.stderr.write(`${granularity}: ${done} of ${total} networks · ${left}\n`);
          },
        });
        const result: SweepResult = { ...runs, stepMilliseconds: milliseconds };
        mkdirSync(dirname(path), { recursive: true });
        await writeSweepResult(`${path}-${granularity}.json`, result);
        for (const [name, part] of comparisonFigures(result)) await writeFigure(part, `${path}-${granularity}-${name}`);
        sections.push(
          `## Pruning ${granularity === 'weight' ? 'weights' : 'units'}\n\n${comparisonMarkdown(result)}\n`,
        );
      }
      writeFileAtomicSync(`${path}.md`, sections.join('\n'));
      process.stdout.write(`\n${sections.join('\n')}\nTables: ${relative(process.cwd(), `${path}.md`)}\n`);
      store.clear();
    });
}

function isChosen(method: string, list: string | undefined): boolean {
  return list === undefined || method === 'none' || list.split(',').includes(method);
}

/** Which figure shows an arm does not decide its result, so it is no part of what runs are kept under. */
function withoutFigures(experiment: Experiment): Experiment {
  const arms = experiment.arms.map(({ label, method, hyperparameters }) => ({ label, method, hyperparameters }));
  return { ...experiment, arms };
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`expected an integer ≥ 1, got '${text}'`);
  return value;
}
