import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import {
  benchmarkCommand,
  type CommonOptions,
  prepareSides,
  reportRows,
  wanted,
  writable,
  writeResult,
} from '../harness/command.js';
import { writeFigure } from '../harness/figure.js';
import { runSuites } from '../harness/run-suites.js';
import { markdownTable } from '../harness/table.js';
import { suites } from './suites.js';

/** `bench kernels`. */
export function kernelsCommand(): Command {
  const description = 'time the kernels against their peers, each side in its own process, taking turns';
  return benchmarkCommand('kernels', description, '0.1')
    .option('--figure <path>', 'draw the ratios into PATH.svg and PATH.png', (path) =>
      writable(path, `${path}.svg`, `${path}.png`),
    )
    .action(async (options: CommonOptions & { figure?: string }) => {
      const isWanted = wanted(options);
      if (options.list) {
        for (const benchmark of suites.flatMap(({ cases }) => cases).filter(isWanted)) console.log(benchmark.name);
        return;
      }
      const environment = await prepareSides();
      const threads = [...new Set([1, availableParallelism()])];
      const effort = { rounds: Number(options.rounds), turn: Number(options.turn), threads };
      const rows = await runSuites(suites, isWanted, effort, reportRows);
      console.log(markdownTable(rows));
      if (options.figure) await writeFigure(rows, options.figure);
      if (options.json) await writeResult(options.json, { ...environment, effort }, { rows });
    });
}
