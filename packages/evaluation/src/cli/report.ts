import { resolve } from 'node:path';
import type { Command } from 'commander';

/** `winnow report` */
export function addReport(program: Command): void {
  program
    .command('report')
    .description('print the table of a result file and draw its figure again')
    .argument('<file>', 'a result file (.json) of `winnow sweep` or `winnow demo`')
    .option('--markdown', 'the table as Markdown')
    .option('--figure <path>', 'write PATH.svg and PATH.png')
    .action(async (file: string, options: { markdown?: boolean; figure?: string }) => {
      const { readSweepResult, sweepMarkdown, sweepTable, writeFigure } = await import('../report/index.js');
      const result = await readSweepResult(file);
      process.stdout.write(`${options.markdown ? sweepMarkdown(result) : sweepTable(result)}\n`);
      if (options.figure) await writeFigure(result, resolve(options.figure));
    });
}
