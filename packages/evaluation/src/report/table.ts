import { checkKeys } from '@winnow/native/value-checks';
import pc from 'picocolors';
import type { SweepResult } from '../results/sweep-result.js';
import { type LabelSummary, type Spread, summaries } from './summary.js';
import { type TableRow, tableRows } from './table-rows.js';
import { accuracy, describe } from './wording.js';

/** How a table is drawn. */
export interface TableOptions {
  /** Default: whether standard output is a terminal that wants it. */
  readonly colour?: boolean;
  /** Columns of the terminal; bars get shorter, then vanish, to fit. Default: standard output's, else 100. */
  readonly width?: number;
}

const GAP = '  ';
const LONGEST_BAR = 10;
/** Below this a bar says less than it takes. */
const SHORTEST_BAR = 4;
const HEADINGS = ['as they are', 're-estimated'] as const;

/** Losses against the best raw accuracy of the table that count as small and as a collapse. */
const SMALL_LOSS = 0.04;
const COLLAPSE = 0.2;

function shade(paint: ReturnType<typeof pc.createColors>, value: Spread, best: number, cell: string): string {
  const loss = best - value.mean;
  return (loss <= SMALL_LOSS ? paint.green : loss <= COLLAPSE ? paint.yellow : paint.red)(cell);
}

interface Layout {
  readonly name: number;
  readonly number: number;
  readonly bar: number;
  /** Width of one accuracy with its bar. */
  readonly cell: number;
}

function layOut(labels: readonly LabelSummary[], rows: readonly TableRow[], width: number): Layout {
  const name = Math.max(...rows.map((row) => row.name.length));
  const accuracies = rows.flatMap(({ cells }) => cells.flatMap((cell) => (cell ? [cell.asIs, cell.reestimated] : [])));
  const number = Math.max(...accuracies.map((value) => accuracy(value).length));
  const cells = labels.length * HEADINGS.length;
  const room = Math.floor((width - name) / cells) - GAP.length - number - 1;
  const length = room < SHORTEST_BAR ? 0 : Math.min(LONGEST_BAR, room);
  const widest = Math.max(number + (length > 0 ? 1 + length : 0), ...HEADINGS.map((heading) => heading.length));
  return { name, number, bar: length, cell: widest };
}

function cellText(value: Spread, layout: Layout): string {
  const number = accuracy(value).padStart(layout.number);
  return (layout.bar > 0 ? `${number} ${bar(value.mean, layout.bar)}` : number).padEnd(layout.cell);
}

/** A table of accuracies in per cent for terminals: a line per sparsity, for each label the two ways with BatchNorm. */
export function sweepTable(result: SweepResult, options: TableOptions = {}): string {
  checkKeys('sweepTable', 'options', options, ['colour', 'width']);
  const { colour = wantsColour(), width = process.stdout.columns ?? 100 } = options;
  const paint = pc.createColors(colour);
  const labels = summaries(result);
  const rows = alignNumbers(tableRows(labels));
  const layout = layOut(labels, rows, width);
  const best = Math.max(...labels.map(({ raw }) => Math.max(raw.asIs.mean, raw.reestimated.mean)));
  const pairWidth = layout.cell * 2 + GAP.length;
  const indent = ' '.repeat(layout.name);

  const line = (row: TableRow) =>
    row.name.padEnd(layout.name) +
    row.cells
      .flatMap((cell) => (cell ? [cell.asIs, cell.reestimated] : [undefined, undefined]))
      .map((value) => GAP + (value ? shade(paint, value, best, cellText(value, layout)) : '–'.padEnd(layout.cell)))
      .join('');
  const rule = paint.dim('─'.repeat(layout.name + labels.length * (pairWidth + GAP.length)));
  const body = rows.flatMap((row, i) => (i > 0 && rows[i - 1]!.group !== row.group ? [rule, line(row)] : [line(row)]));

  return [
    describe(result, labels),
    'Accuracy in %, BatchNorm statistics as training left them and re-estimated after pruning',
    '',
    indent + labels.map(({ label }) => GAP + paint.bold(fit(label, pairWidth))).join(''),
    indent + labels.map(() => HEADINGS.map((heading) => GAP + heading.padEnd(layout.cell)).join('')).join(''),
    rule,
    ...body,
  ]
    .map((text) => text.trimEnd())
    .join('\n');
}

/** `90 % pruned` under `100 % pruned`: the digits stand under each other. */
function alignNumbers(rows: readonly TableRow[]): TableRow[] {
  const longest = Math.max(...rows.map(({ group, name }) => (group === 'pruned' ? name.length : 0)));
  return rows.map((row) => (row.group === 'pruned' ? { ...row, name: row.name.padStart(longest) } : row));
}

function fit(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}

/** Blocks that fill 0/8 … 7/8 of a character cell from the left. */
const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A horizontal bar for `fraction` in [0, 1] in `width` character cells, with a resolution of an eighth of a cell. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = Math.floor(eighths / 8);
  return ('█'.repeat(full) + (full < width ? EIGHTHS[eighths % 8] : '')).padEnd(width);
}

/** Whether a stream is a terminal that wants colour: NO_COLOR and TERM=dumb say no. */
export function wantsColour(
  stream: { readonly isTTY?: boolean } = process.stdout,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
