import { printable } from '@winnow/system/printable';
import { PASS_NAMES } from './notes.js';
import type { ProfiledLayer, ProfiledPass, ProfileResult } from './profile-result.js';
import { PASSES } from './time-layers.js';

const milliseconds = (value: number | null) => (value === null ? '–' : value.toFixed(value < 10 ? 2 : 1));
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** A pass as the table has it: the choice, then the times dense and sparse. */
function cells(pass: ProfiledPass | null): string[] {
  if (pass === null) return ['none', '–', '–'];
  const { dense, sparse } = pass.milliseconds;
  return [pass.sparse ? 'sparse' : 'dense', milliseconds(dense), milliseconds(sparse)];
}

/** What `winnow profile` prints. */
export function profileTable(result: ProfileResult): string {
  const { model, method, inputs, layers, milliseconds: sums } = result;
  const head = ['layer', 'kind', 'kernel', 'left', ...PASSES.flatMap((pass) => [PASS_NAMES[pass], 'dense', 'sparse'])];
  const rows = layers.map((layer) => [
    printable(layer.path.replace(/\/kernel$/, '')),
    layer.kind,
    layer.kernel.join('×'),
    percent(layer.density),
    ...PASSES.flatMap((pass) => cells(layer[pass])),
  ]);
  const shapes = inputs.map((shape) => shape.join('×')).join(', ');
  const lines = [
    `${printable(model)}, method ${printable(method)}, input ${shapes}. What auto chooses, milliseconds of both forms:`,
    '',
    ...aligned([head, ...rows]),
    '',
    ...notes(layers),
    both('Passes of the layers that were timed', sums.layers),
    both('A whole training step', sums.step),
  ];
  return lines.join('\n');
}

function both(what: string, { dense, auto }: { dense: number; auto: number }): string {
  const ratio = auto > 0 ? `, ${(dense / auto).toFixed(2)} times as fast` : '';
  return `${what}: dense ${milliseconds(dense)} ms, auto ${milliseconds(auto)} ms${ratio}.`;
}

/** Numbers to the right, words to the left. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (column: number) => column === 3 || (column > 4 && (column - 4) % 3 !== 0);
  return rows.map((row) =>
    row
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** Each reason once, with the layers that it holds for. */
function notes(layers: readonly ProfiledLayer[]): string[] {
  const holders = new Map<string, string[]>();
  for (const { path, notes: own } of layers) {
    const name = printable(path.replace(/\/kernel$/, ''));
    for (const note of own) holders.set(note, [...(holders.get(note) ?? []), name]);
  }
  if (holders.size === 0) return ['Every pass leaves cut weights out.', ''];
  const listed = [...holders].map(([note, names]) => `- ${note}\n  ${[...new Set(names)].join(', ')}`);
  return ['Why layers do not get faster:', ...listed, ''];
}
