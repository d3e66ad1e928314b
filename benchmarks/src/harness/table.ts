import type { Row } from './run-suites.js';

/** A row of any benchmark, in milliseconds or MiB. */
export type TableRow = Omit<Row, 'unit'> & { unit: 'ms' | 'MiB' };

/** Rows as GitHub markdown: times, then memory. The ratio is the peer's time divided by ours; below 1 we are slower. */
export function markdownTable(rows: readonly TableRow[]): string {
  const units = ['ms', 'MiB'] as const;
  return units
    .map((unit) => rows.filter((row) => row.unit === unit))
    .filter(({ length }) => length > 0)
    .map(oneTable)
    .join('\n\n');
}

function oneTable(rows: readonly TableRow[]): string {
  const unit = rows[0]!.unit;
  const headings = ['case', 'peer', `ours ${unit}`, `peer ${unit}`, 'ratio', 'median ms', 'threads'];
  const lines = rows.map(({ case: name, peerName, ours, peer, ratio, details }) => [
    name,
    peerName,
    milliseconds(ours),
    milliseconds(peer),
    ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2),
    `${milliseconds(details.ours.median * 1e3)} : ${milliseconds(details.peer.median * 1e3)}`,
    `${details.ours.threads} : ${details.peer.threads}`,
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map((_, i) => (i < 2 ? '---' : '---:'))), ...lines.map(line)].join('\n');
}

export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);
}
