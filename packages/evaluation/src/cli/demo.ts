import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { checkDataDirectory } from '../experiments/names.js';
import { checkOutputPath } from './output-path.js';
import { publish } from './report.js';
import { interruptSignal, withTensorflow } from './setup.js';

/** `winnow demo` */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('train a small ResNet on Fashion-MNIST, plain and with targeted dropout, prune both, show the curves')
    .option('--data-dir <directory>', 'a directory that has Fashion-MNIST already')
    .addOption(
      new Option(
        '--out <directory>',
        'where table, figure and checkpoints go; resumes an unfinished demo found there',
      ).default('output/demo', 'output/demo'),
    )
    .action(async ({ dataDir, out }: { dataDir?: string; out: string }) => {
      checkOutputPath('winnow demo: --out', out, 'directory');
      const { fashionMnist } = await import('@winnow/data');
      await checkDataDirectory('winnow demo', fashionMnist, dataDir);
      const { demoExperiment, runExperiment, RunStore } = await withTensorflow(() => import('../experiments/index.js'));
      const signal = interruptSignal();
      const workDirectory = join(resolve(out), 'work');
      const experiment = await demoExperiment(dataDir, signal);
      const result = await runExperiment(experiment, { workDirectory, signal });
      await publish(result, join(resolve(out), 'demo'));
      new RunStore(workDirectory).clear();
    });
}
