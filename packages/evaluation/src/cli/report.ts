import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { parseAnyResult } from '../results/any-result.js';
import type { SweepResult } from '../results/index.js';
import { checkOutputs, figureFiles } from '../runs/outputs.js';
import { withoutExtension } from './options.js';

/** `winnow report` */
export function addReport(program: Command): void {
  program
    .command('report')
    .description('print the table of a result file and draw its figure again')
    .argument('<file>', 'a result file (.json) of `winnow sweep`, `demo`, `compare`, `train` or `translate`')
    .option('--markdown', 'the table as Markdown')
    .option('--figure <path>', 'write PATH.svg and PATH.png; for a comparison PATH-paper and PATH-beyond')
    .action(async (file: string, options: { markdown?: boolean; figure?: string }) => {
      const { readResultText } = await import('../results/result-file.js');
      const { parseAnyResult } = await import('../results/any-result.js');
      const result = parseAnyResult(await readResultText(file), file);
      const figures = options.figure === undefined ? [] : await figuresOf(result, options.figure, file);
      process.stdout.write(`${await tableOf(result, options.markdown)}\n`);
      const { writeFigure } = await import('../report/index.js');
      for (const [path, part] of figures) await writeFigure(part, path);
    });
}

type AnyResult = ReturnType<typeof parseAnyResult>;

async function tableOf(result: AnyResult, markdown = false): Promise<string> {
  const report = await import('../report/index.js');
  if (result.format === 'winnow-train/1') return report.trainingTable(result);
  if (result.format === 'winnow-translation/1') return report.translationTable(result);
  if (result.stepMilliseconds !== undefined) return report.comparisonMarkdown(result);
  return markdown ? report.sweepMarkdown(result) : report.sweepTable(result);
}

/**
 * What is drawn where, by path without extension.
 * @throws RangeError before anything is drawn, if there is nothing to draw or it cannot be written
 */
async function figuresOf(
  result: AnyResult,
  given: string,
  file: string,
): Promise<readonly (readonly [path: string, part: AnyResult])[]> {
  const path = withoutExtension(resolve(given), ['.svg', '.png']);
  const figures: (readonly [string, AnyResult])[] = [];
  if (result.format === 'winnow-sweep/1' && result.stepMilliseconds !== undefined) {
    const { comparisonFigures } = await import('../experiments/comparison.js');
    for (const [name, part] of comparisonFigures(result)) figures.push([`${path}-${name}`, part]);
    if (figures.length === 0) throw new RangeError(`winnow report: ${file} has no method that a figure shows`);
  } else figures.push([path, result]);
  const files = figures.flatMap(([one]) => figureFiles(one));
  checkOutputs('winnow report: --figure', given, { directories: [], files });
  return figures;
}

/** Writes PATH.json, PATH.svg and PATH.png of a sweep and prints its table. */
export async function publish(result: SweepResult, path: string): Promise<void> {
  const { sweepTable, writeFigure } = await import('../report/index.js');
  const { writeSweepResult } = await import('../results/index.js');
  await writeSweepResult(`${path}.json`, result);
  await writeFigure(result, path);
  process.stdout.write(`\n${sweepTable(result)}\n\n`);
  const shown = ['svg', 'png', 'json'].map((extension) => relative(process.cwd(), `${path}.${extension}`));
  process.stdout.write(`Figure: ${shown[1]} (and ${shown[0]}) · numbers: ${shown[2]}\n`);
}
