import { checkKeys } from '@winnow/native/value-checks';
import type { SweepResult } from '../results/sweep-result.js';
import { type LabelSummary, type SpreadPair, summaries } from './summary.js';
import { tableRows } from './table-rows.js';
import { accuracy, describe, percent, provenance } from './wording.js';

const EXPLANATION = [
  'Accuracy in %, mean ± standard deviation. raw: all weights of the network that evaluation sees; ' +
    'own: what the method itself means',
  'to cut is cut, in brackets how much; then pruned in one shot, ranked as the method says. ' +
    'Step: milliseconds of a training step, and',
  'times a plain one.',
];

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
  return [
    row(['accuracy in %', ...headings]),
    row(['---', ...headings.map(() => '---:')]),
    ...body,
    '',
    `${describe(result, labels)}.`,
    provenance(result),
  ].join('\n');
}

/** The two ways with BatchNorm, with their titles. */
export const STATISTICS = [
  ['asIs', 'BatchNorm statistics as training left them'],
  ['reestimated', 'BatchNorm statistics re-estimated after pruning'],
] as const;

/**
 * Many methods as GitHub markdown: a line for each, a column for each sparsity, a table for each way with BatchNorm.
 * With the overhead of a step where the result has step times.
 */
export function comparisonMarkdown(result: SweepResult): string {
  const labels = summaries(result);
  return [
    ...STATISTICS.flatMap(([statistics, title]) => [
      `**${title}**`,
      '',
      ...comparisonTable(result, labels, { statistics }),
      '',
    ]),
    ...EXPLANATION,
    '',
    `${describe(result, labels)}.`,
    provenance(result),
  ].join('\n');
}

/** Which part of a comparison a table shows. */
export interface ComparisonTableOptions {
  /** BatchNorm statistics as training left them, or re-estimated after pruning. */
  statistics: 'asIs' | 'reestimated';
  /** Default: all that were measured, but 0. */
  sparsities?: readonly number[];
}

/** A table of some of a comparison's labels, as lines: a line for each, a column for each sparsity. */
export function comparisonTable(
  result: SweepResult,
  labels: readonly LabelSummary[],
  options: ComparisonTableOptions,
): string[] {
  checkKeys('comparisonTable', 'options', options, ['statistics', 'sparsities']);
  const { statistics, sparsities = measuredSparsities(labels) } = options;
  const times = result.stepMilliseconds;
  const plain = times?.[result.runs.find(({ method }) => method === 'none')?.label ?? ''];
  const cell = (pair: SpreadPair | undefined) => (pair ? accuracy(pair[statistics]) : '–');
  const headings = ['method', ...(times ? ['step'] : []), 'raw', 'own', ...sparsities.map(percent)];
  return [
    row(headings),
    row(headings.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...labels.map((summary) => {
      const { label, raw, masked, rows } = summary;
      const time = times?.[label];
      return row([
        label,
        ...(times
          ? [time === undefined ? '–' : `${time.toFixed(1)} (${plain ? (time / plain).toFixed(2) : '–'}×)`]
          : []),
        cell(raw),
        masked ? `${cell(masked)} (${percent(masked.targetFraction)})` : '–',
        ...sparsities.map((sparsity) => cell(rows.find((one) => one.sparsity === sparsity))),
      ]);
    }),
  ];
}

function measuredSparsities(labels: readonly LabelSummary[]): number[] {
  const all = new Set(labels.flatMap(({ rows }) => rows.map(({ sparsity }) => sparsity)));
  return [...all].filter((sparsity) => sparsity > 0).sort((a, b) => a - b);
}
