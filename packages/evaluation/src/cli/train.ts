import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkNames, parseMethod } from '../experiments/names.js';
import { RunFiles } from '../runs/run-files.js';
import { runSettings } from '../runs/settings.js';
import { addSettingsCommand } from './options.js';
import { interruptSignal, withTensorflow } from './setup.js';

/** `winnow train` */
export function addTrain(program: Command): void {
  addSettingsCommand(program, {
    name: 'train',
    description: 'train one model, with evaluation, a log, event files and checkpoints',
    settings: runSettings,
    out: {
      value: 'directory',
      summary: 'where everything of the run goes; resumes an unfinished run found there',
      default: 'output/train',
      outputs: (out, config) => new RunFiles(resolve(out)).outputs(config),
    },
    async run(config, out) {
      await checkNames('winnow train', { ...config, specs: [parseMethod(config.method)] });
      const { trainRun } = await withTensorflow(() => import('../runs/train-run.js'));
      const directory = resolve(out);
      const { best, evaluations, seconds } = await trainRun(config, { directory, signal: interruptSignal() });
      const last = Object.entries(evaluations.at(-1)?.metrics ?? {}).map(
        ([name, value]) => `${name} ${value.toFixed(4)}`,
      );
      process.stdout.write(`\n${last.join(' · ')} · best ${best.metric} ${best.value.toFixed(4)} at step ${best.step}`);
      process.stdout.write(
        ` · ${Math.round(seconds)} s of training\nEverything is in ${relative(process.cwd(), directory)}\n`,
      );
    },
  });
}
