/**
 * Writes the benchmarks' results into the tables of README and docs: `node scripts/start.mjs --script
 * scripts/docs/speed-tables.ts`.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { milliseconds } from '../../benchmarks/src/harness/table.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Row {
  case: string;
  ours: number;
  peer: number;
  peerName: string;
  ratio: number;
  unit: 'ms' | 'MiB';
  details: Record<'ours' | 'peer', { median: number }>;
}

/** All rows of the committed result files. If several files have a case, the last one by name counts. */
export function committedRows(): Row[] {
  const directory = join(root, 'benchmarks/results');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => (JSON.parse(readFileSync(join(directory, name), 'utf8')) as { rows?: Row[] }).rows ?? []);
}

/**
 * `text` with the numbers of every measured row `| case | peer | … |` filled in; exact ones if the case is set as code.
 */
export function withMeasured(text: string, rows: readonly Row[]): string {
  return text.replaceAll(
    /^\| (`?)([^\s|`]+)`? \| ([a-z-]+) \|(.*)\|$/gm,
    (line, code: string, name: string, peer: string, rest: string) => {
      const row = rows.findLast((one) => one.case === name && one.peerName === peer);
      if (row === undefined) return line;
      if (code)
        return `| \`${name}\` | ${peer} | ${row.ours.toFixed(2)} | ${row.peer.toFixed(2)} | ${row.ratio.toFixed(1)} |`;
      const number = row.unit === 'MiB' ? (value: number) => value.toFixed(0) : milliseconds;
      const ratio = row.ratio >= 10 ? row.ratio.toFixed(0) : row.ratio.toFixed(2);
      const cells = [name, peer, number(row.ours), number(row.peer), ratio];
      const { ours, peer: theirs } = row.details;
      if (rest.split('|').length > 3)
        cells.push(`${milliseconds(ours.median * 1e3)} : ${milliseconds(theirs.median * 1e3)}`);
      return `| ${cells.join(' | ')} |`;
    },
  );
}

/** Multiply-adds per millisecond on two cores: the bound in docs/sparse.md. */
const MULTIPLY_ADDS_PER_MILLISECOND = 96e6;

/** `text` with the measured rows `| cut, % | ours | bound | peers … |` of `spmm/512x2048x1024/…` filled in. */
export function withSparseProducts(text: string, rows: readonly Row[]): string {
  return text.replaceAll(/^\| (\d\d) \| [\d.]+ \| [\d.]+ \|( [\d.]+ \([\d.]+\) \|){4}$/gm, (line, cut: string) => {
    const cells = ['onednn-dense', 'torch-csr', 'mkl', 'scipy'].map((peer) =>
      rows.findLast((row) => row.case === `spmm/512x2048x1024/${cut}` && row.peerName === peer),
    );
    const [first] = cells;
    if (first === undefined) return line;
    const keptOfColumn = 512 - Math.floor((512 * Number(cut)) / 100);
    const bound = (1024 * 2048 * keptOfColumn) / MULTIPLY_ADDS_PER_MILLISECOND;
    const peers = cells.map((row) => (row ? `${row.peer.toFixed(1)} (${row.ratio.toFixed(1)})` : ''));
    return `| ${[cut, first.ours.toFixed(2), bound.toFixed(2), ...peers].join(' | ')} |`;
  });
}

/** The pages with measured tables, and the functions that fill them. */
export const MEASURED_PAGES = [
  ['README.md', withMeasured],
  ['docs/performance.md', withMeasured],
  ['docs/sparse.md', withSparseProducts],
  ['docs/convolutions.md', withMeasured],
  ['docs/inference.md', withMeasured],
  ['docs/linear-layers.md', withMeasured],
] as const;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = committedRows();
  for (const [name, fill] of MEASURED_PAGES) {
    const file = join(root, name);
    writeFileSync(file, fill(readFileSync(file, 'utf8'), rows));
  }
}
