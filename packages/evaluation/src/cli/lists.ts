import type { Command } from 'commander';

/** `winnow methods`, `winnow models`, `winnow datasets` */
export function addLists(program: Command): void {
  const print = (rows: Iterable<readonly [string, string]>) => {
    for (const [name, text] of rows) process.stdout.write(`${name.padEnd(18)}  ${text}\n`);
  };
  program
    .command('methods')
    .argument('[names...]', 'only these methods; NAME+NAME shows a combination')
    .description('list the methods with what pruning ranks and their hyperparameters')
    .action(async (names: string[]) => {
      const { describeMethod, findMethod, methods } = await import('@winnow/baselines');
      const listed = names.length > 0 ? names.map(findMethod) : [...methods.values()];
      process.stdout.write(`${listed.map(describeMethod).join('\n\n')}\n`);
    });
  program
    .command('models')
    .description('list the models, with the parameters and multiply-adds of their published size')
    .action(async () => {
      const { models } = await import('../experiments/models.js');
      const number = new Intl.NumberFormat('en-US');
      print(
        [...models.values()].map(({ name, title, published, parameters, flops }) => {
          const counts = [`${number.format(parameters)} parameters`, `${number.format(flops)} multiply-adds`];
          const size = `${published.image.join('×')}, ${published.classes} classes`;
          return [name, `${title}  [${counts.join(', ')} at ${size}]`] as const;
        }),
      );
    });
  program
    .command('datasets')
    .description('list the data sets')
    .action(async () => {
      const { datasets, textPairDatasets } = await import('@winnow/data');
      print([...datasets.values()].map(({ name, title }) => [name, title] as const));
      print(
        [...textPairDatasets.values()].map(
          ({ name, title }) => [name, `${title}  [for \`winnow translate\`]`] as const,
        ),
      );
    });
}
