import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import {
  benchmarkCommand,
  type CommonOptions,
  prepareSides,
  reportRows,
  wanted,
  writeResult,
} from '../harness/command.js';
import { markdownTable } from '../harness/table.js';
import { type AlternatedRow, alternate } from './alternate.js';
import { runSteps } from './run-steps.js';
import { type SoakResult, soak } from './soak.js';
import { suites } from './suites.js';

interface StepsOptions extends CommonOptions {
  threads?: string;
  peers?: string;
  soak?: string;
  alternate?: string;
}

/** `bench steps`. */
export function stepsCommand(): Command {
  const description = 'time whole training steps against their peers, and measure their memory';
  return benchmarkCommand('steps', description, '2')
    .option('--threads <list>', 'numbers of threads to try each side with, such as 1,2; default: the number of cores')
    .option('--peers <list>', 'only these peers, such as pytorch,keras')
    .option('--soak <n>', 'instead of timing, run our side for N steps and watch its memory and tensors')
    .option('--alternate <n>', 'alternate our step with and without dropout in one process, N times each')
    .action(async (options: StepsOptions) => {
      const isWanted = wanted(options);
      const listed = suites.flatMap((suite) => suite.cases.filter(isWanted).map((benchmark) => ({ suite, benchmark })));
      if (options.list) {
        for (const { benchmark } of listed) console.log(benchmark.name);
        return;
      }
      const environment = await prepareSides();
      if (options.soak !== undefined) {
        const results: SoakResult[] = [];
        for (const { suite, benchmark } of listed) {
          const steps = Number(options.soak);
          const result = await soak(suite, benchmark, steps, ({ steps: done, resident, tensors }) => {
            process.stderr.write(`${benchmark.name}: ${done} steps, ${resident} MiB, ${tensors} tensors\n`);
          });
          console.log(`${benchmark.name}: grew by ${result.growth.resident} MiB and ${result.growth.tensors} tensors`);
          results.push(result);
        }
        if (options.json) await writeResult(options.json, environment, { soak: results });
        return;
      }
      if (options.alternate !== undefined) {
        const rows: AlternatedRow[] = [];
        for (const { suite, benchmark } of listed.filter(({ benchmark: { peers } }) => peers.includes('plain'))) {
          const row = await alternate(suite, benchmark, 'plain', Number(options.alternate));
          const { lowerQuartile, median, upperQuartile } = row.pairedDifference;
          const quartiles = [lowerQuartile, upperQuartile].map((ms) => ms.toFixed(1)).join(' to ');
          console.log(`${row.case}: a pair differs by ${median.toFixed(1)} ms (quartiles ${quartiles})`);
          rows.push(row);
        }
        console.log(markdownTable(rows));
        if (options.json) await writeResult(options.json, environment, { rows });
        return;
      }
      const threads = options.threads?.split(',').map(Number) ?? [availableParallelism()];
      const effort = { rounds: Number(options.rounds), turn: Number(options.turn), threads };
      const rows = await runSteps(isWanted, options.peers?.split(','), effort, reportRows);
      console.log(markdownTable(rows));
      if (options.json) await writeResult(options.json, { ...environment, effort }, { rows });
    });
}
