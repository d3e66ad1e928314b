import { relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { optionOf } from '../runs/command.js';
import { readSettings, runConfig } from '../runs/config.js';
import { SETTINGS } from '../runs/settings.js';
import { interruptSignal } from './interrupt.js';
import { withTensorflow } from './setup.js';

/** `winnow train` */
export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a model by a configuration, with evaluation, log, event files and checkpoints')
    .option('--config <file>', 'a JSON file of settings; options of the command line come before it')
    .option(
      '--out <directory>',
      'where everything of the run goes; an unfinished run there is gone on from',
      'output/train',
    );
  for (const { key, value, summary, default: standard } of SETTINGS) {
    const note = standard === undefined || standard === false ? '' : ` (default: ${JSON.stringify(standard)})`;
    command.addOption(new Option(`${optionOf(key)}${value ? ` <${value}>` : ''}`, `${summary}${note}`));
    if (!value) command.addOption(new Option(optionOf(key).replace('--', '--no-')).hideHelp());
  }
  command.action(
    async ({ config: file, out, ...given }: { config?: string; out: string } & Record<string, unknown>) => {
      // Each source is checked by itself first, so that a message names the one that is wrong.
      if (file !== undefined) runConfig(readSettings(file), file);
      const config = runConfig({ ...(file !== undefined && readSettings(file)), ...given }, 'winnow train');
      const { checkNames } = await import('../runs/check-names.js');
      checkNames(config);
      const { trainRun } = await withTensorflow(() => import('../runs/index.js'));
      const signal = interruptSignal();
      const directory = resolve(out);
      const { best, evaluations, seconds } = await trainRun(config, { directory, signal });
      const last = Object.entries(evaluations.at(-1)?.metrics ?? {}).map(
        ([name, value]) => `${name} ${value.toFixed(4)}`,
      );
      process.stdout.write(`\n${last.join(' · ')} · best ${best.metric} ${best.value.toFixed(4)} at step ${best.step}`);
      process.stdout.write(
        ` · ${Math.round(seconds)} s of training\nEverything is in ${relative(process.cwd(), directory)}\n`,
      );
    },
  );
}
