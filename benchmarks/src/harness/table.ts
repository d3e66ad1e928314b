import type { Row } from './run-suites.js';

const HEADINGS = ['case', 'peer', 'ours ms', 'peer ms', 'ratio', 'median ms', 'threads'] as const;

/** The rows as GitHub markdown. Ratio: the peer's time divided by ours; below 1 we are slower. */
export function markdownTable(rows: readonly Row[]): string {
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
  return [line(HEADINGS), line(HEADINGS.map((_, i) => (i < 2 ? '---' : '---:'))), ...lines.map(line)].join('\n');
}

export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);
}
