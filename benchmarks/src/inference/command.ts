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
import { runSuites } from '../harness/run-suites.js';
import { markdownTable } from '../harness/table.js';
import { suite } from './resnet32.js';

/** `bench inference`. */
export function inferenceCommand(): Command {
  const description = 'time whole networks at inference against their peers, each side in its own process';
  return benchmarkCommand('inference', description, '0.2').action(async (options: CommonOptions) => {
    const isWanted = wanted(options);
    if (options.list) {
      for (const { name } of suite.cases.filter(isWanted)) console.log(name);
      return;
    }
    const environment = await prepareSides();
    const threads = [...new Set([1, availableParallelism()])];
    const effort = { rounds: Number(options.rounds), turn: Number(options.turn), threads };
    const rows = await runSuites([suite], isWanted, effort, reportRows);
    console.log(markdownTable(rows));
    if (options.json) await writeResult(options.json, { ...environment, effort }, { rows });
  });
}
