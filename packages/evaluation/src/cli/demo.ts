import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { checkDataDirectory } from '../experiments/names.js';
import { RunStore } from '../experiments/run-store.js';
import { checkOutputs, figureFiles } from '../runs/outputs.js';
import { refuseNoResult } from './refuse-other-result.js';
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
      const path = join(resolve(out), 'demo');
      const workDirectory = join(resolve(out), 'work');
      const { directories, files } = RunStore.outputs(workDirectory);
      checkOutputs('winnow demo: --out', out, {
        directories,
        files: [`${path}.json`, ...figureFiles(path), ...files],
        signs: [`${path}.json`, ...files],
      });
      await refuseNoResult(`${path}.json`);
      const { fashionMnist } = await import('@winnow/data');
      await checkDataDirectory('winnow demo', fashionMnist, dataDir);
      const { demoExperiment, runExperiment } = await withTensorflow(() => import('../experiments/index.js'));
      const signal = interruptSignal();
      const experiment = await demoExperiment(dataDir, signal);
      const result = await runExperiment(experiment, { workDirectory, signal });
      await publish(result, path);
      new RunStore(workDirectory).clear();
    });
}
