import type { Effort } from '../harness/run-case.js';
import { type Row, runSuites } from '../harness/run-suites.js';
import type { BenchmarkCase } from '../harness/suite.js';
import type { TableRow } from '../harness/table.js';
import { suites } from './suites.js';

/** Runs the requested steps. Each case gets fresh processes, so that a side's memory is that of the case. */
export async function runSteps(
  isWanted: (benchmark: BenchmarkCase) => boolean,
  peers: readonly string[] | undefined,
  effort: Effort,
  onRows: (rows: TableRow[]) => void,
): Promise<TableRow[]> {
  const all: TableRow[] = [];
  for (const suite of suites) {
    for (const benchmark of suite.cases.filter(isWanted)) {
      const asked = benchmark.peers.filter((peer) => peers?.includes(peer) ?? true);
      if (asked.length === 0) continue;
      const alone = { ...suite, cases: [{ ...benchmark, peers: asked }] };
      const rows = (await runSuites([alone], isWanted, effort, () => {})).flatMap(withMemory);
      onRows(rows);
      all.push(...rows);
    }
  }
  return all;
}

/** The row, and a row with the peak memory of both processes during timing. */
function withMemory(row: Row): TableRow[] {
  const [ours, peer] = [row.details.ours.peakMemory, row.details.peer.peakMemory] as [number, number];
  return [row, { ...row, case: `${row.case}/peak-memory`, ours, peer, ratio: peer / ours, unit: 'MiB' }];
}
