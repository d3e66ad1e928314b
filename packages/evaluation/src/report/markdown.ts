import type { SweepResult } from '../results/sweep-result.js';
import { summaries } from './summary.js';
import { tableRows } from './table-rows.js';
import { accuracy, describe } from './wording.js';

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The table of accuracies as GitHub markdown, with what was measured and how to repeat it underneath. */
export function sweepMarkdown(result: SweepResult): string {
  const labels = summaries(result);
  const headings = labels.flatMap(({ label }) => [`${label}, statistics as they are`, `${label}, re-estimated`]);
  const body = tableRows(labels).map(({ name, cells }) =>
    row([name, ...cells.flatMap((cell) => (cell ? [accuracy(cell.asIs), accuracy(cell.reestimated)] : ['–', '–']))]),
  );
  const { cpu, cores, node, tensorflow, isa } = result.environment;
  return [
    row(['accuracy in %', ...headings]),
    row(['---', ...headings.map(() => '---:')]),
    ...body,
    '',
    `${describe(result, labels)}. ${cpu}, ${cores} cores, ${isa}, TensorFlow ${tensorflow}, Node ${node}. Made by \`${result.command}\`.`,
  ].join('\n');
}
