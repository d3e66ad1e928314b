import { mkdirSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { SweepResult } from '../results/index.js';
import { withoutExtension } from './options.js';
import { checkOutputPath } from './output-path.js';

/** `winnow report` */
export function addReport(program: Command): void {
  program
    .command('report')
    .description('print the table of a result file and draw its figure again')
    .argument('<file>', 'a result file (.json) of `winnow sweep`, `demo`, `compare`, `train` or `translate`')
    .option('--markdown', 'the table as Markdown')
    .option('--figure <path>', 'write PATH.svg and PATH.png; for a comparison PATH-paper and PATH-beyond')
    .action(async (file: string, options: { markdown?: boolean; figure?: string }) => {
      if (options.figure) checkOutputPath('winnow report: --figure', options.figure, 'files');
      const report = await import('../report/index.js');
      const results = await import('../results/index.js');
      const { readResultText } = await import('../results/result-file.js');
      const json = await readResultText(file);
      const figure = options.figure && withoutExtension(resolve(options.figure), ['.svg', '.png']);
      if (json.includes('"winnow-train/')) {
        const result = results.parseTrainingResult(json, file);
        process.stdout.write(`${report.trainingTable(result)}\n`);
        if (figure) await report.writeFigure(result, figure);
        return;
      }
      if (json.includes('"winnow-translation/')) {
        const result = results.parseTranslationResult(json, file);
        process.stdout.write(`${report.translationTable(result)}\n`);
        if (figure) await report.writeFigure(result, figure);
        return;
      }
      const result = results.parseSweepResult(json, file);
      if (result.stepMilliseconds !== undefined) {
        const { comparisonFigures } = await import('../experiments/comparison.js');
        process.stdout.write(`${report.comparisonMarkdown(result)}\n`);
        for (const [name, part] of figure ? comparisonFigures(result) : []) {
          await report.writeFigure(part, `${figure}-${name}`);
        }
        return;
      }
      process.stdout.write(`${options.markdown ? report.sweepMarkdown(result) : report.sweepTable(result)}\n`);
      if (figure) await report.writeFigure(result, figure);
    });
}

/** Writes PATH.json, PATH.svg and PATH.png of a sweep and prints its table. */
export async function publish(result: SweepResult, path: string): Promise<void> {
  const { sweepTable, writeFigure } = await import('../report/index.js');
  const { writeSweepResult } = await import('../results/index.js');
  mkdirSync(dirname(path), { recursive: true });
  await writeSweepResult(`${path}.json`, result);
  await writeFigure(result, path);
  process.stdout.write(`\n${sweepTable(result)}\n\n`);
  const shown = ['svg', 'png', 'json'].map((extension) => relative(process.cwd(), `${path}.${extension}`));
  process.stdout.write(`Figure: ${shown[1]} (and ${shown[0]}) · numbers: ${shown[2]}\n`);
}
