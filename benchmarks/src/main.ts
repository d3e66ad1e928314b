/** `pnpm bench`: measures Winnow against named peers. */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { writeFigure } from './harness/figure.js';
import { installPeers } from './harness/peer-environment.js';
import type { Row } from './harness/run-suites.js';
import { inferenceCommand } from './inference/command.js';
import { kernelsCommand } from './kernels/command.js';
import { stepsCommand } from './steps/command.js';

const program = new Command('bench').description('Measure Winnow against named peers');

program
  .command('install')
  .description('install the Python peers into a separate virtual environment')
  .action(installPeers);

program.addCommand(kernelsCommand());
program.addCommand(stepsCommand());
program.addCommand(inferenceCommand());

program
  .command('figure')
  .description('draw the ratios of a result file into PATH.svg and PATH.png')
  .argument('<results>', 'a file written with `--json`')
  .argument('<path>')
  .option('--only <text>', 'only cases whose name contains this')
  .action(async (results: string, path: string, { only = '' }: { only?: string }) => {
    const { rows } = JSON.parse(readFileSync(results, 'utf8')) as { rows: Row[] };
    await writeFigure(
      rows.filter(({ case: name }) => name.includes(only)),
      path,
    );
  });

await program.parseAsync();
