/** `pnpm bench`: measures Winnow against named peers. */

import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { buildNative } from '@winnow/native';
import { writeFileAtomic } from '@winnow/tensorflow/files';
import { setupTensorflow } from '@winnow/tensorflow/setup';
import { Command } from 'commander';
import { describeEnvironment } from './harness/environment.js';
import { writeFigure } from './harness/figure.js';
import { installPeers } from './harness/peer-environment.js';
import { type Row, runSuites } from './harness/run-suites.js';
import { markdownTable } from './harness/table.js';
import { suites } from './kernels/suites.js';

interface Options {
  json?: string;
  figure?: string;
  only?: string;
  rounds: string;
  turn: string;
  list?: boolean;
}

const program = new Command('bench').description('Measure Winnow against named peers');

program
  .command('install')
  .description('install the Python peers into a virtual environment of the benchmark’s own')
  .action(installPeers);

program
  .command('kernels')
  .description('time the kernels against their peers, each side in its own process, taking turns')
  .option('--json <file>', 'write the rows and what they depend on')
  .option('--figure <path>', 'draw the ratios into PATH.svg and PATH.png')
  .option('--only <text>', 'only cases whose name contains this')
  .option('--rounds <n>', 'how often the sides take turns', '10')
  .option('--turn <seconds>', 'length of a turn', '0.1')
  .option('--list', 'name the cases and end')
  .action(async (options: Options) => {
    const isWanted = ({ name }: { name: string }) => options.only === undefined || name.includes(options.only);
    if (options.list) {
      for (const benchmark of suites.flatMap(({ cases }) => cases).filter(isWanted)) console.log(benchmark.name);
      return;
    }
    installPeers();
    const { directory } = await setupTensorflow({ quiet: true });
    await buildNative({ tensorflowDirectory: directory });
    const environment = describeEnvironment();
    const effort = { rounds: Number(options.rounds), turn: Number(options.turn) };
    const rows = await runSuites(suites, isWanted, effort, (added) => {
      for (const { case: name, peerName, ours, peer, ratio } of added) {
        process.stderr.write(
          `${name} ${peerName}: ${ours.toFixed(3)} : ${peer.toFixed(3)} ms, ratio ${ratio.toFixed(2)}\n`,
        );
      }
    });
    console.log(markdownTable(rows));
    if (options.figure) await writeFigure(rows, options.figure);
    if (options.json) {
      const result = { environment: { ...environment, loadAverageAtEnd: loadavg()[0], effort }, rows };
      await writeFileAtomic(options.json, `${JSON.stringify(result, null, 1)}\n`);
    }
  });

program
  .command('figure')
  .description('draw the ratios of a result file into PATH.svg and PATH.png')
  .argument('<results>', 'a file that `--json` wrote')
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
