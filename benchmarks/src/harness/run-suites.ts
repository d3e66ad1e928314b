import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effort, runCase } from './run-case.js';
import { Side } from './side.js';
import type { Timing } from './statistics.js';
import type { BenchmarkCase, Suite } from './suite.js';

/** A comparison with one peer. `ratio` is the peer's time divided by ours: above 1 we are faster. Times are minima. */
export interface Row {
  case: string;
  ours: number;
  peer: number;
  peerName: string;
  ratio: number;
  unit: 'ms';
  details: { ours: Timing; peer: Timing };
}

/** Runs the requested cases of some suites. Calls `onRows` with the rows of each case when it is done. */
export async function runSuites(
  suites: readonly Suite[],
  isWanted: (benchmark: BenchmarkCase) => boolean,
  effort: Effort,
  onRows: (rows: Row[]) => void,
): Promise<Row[]> {
  const all: Row[] = [];
  for (const suite of suites) {
    const cases = suite.cases.filter(isWanted);
    if (cases.length === 0) continue;
    const peers = [...new Set(cases.flatMap((benchmark) => benchmark.peers))];
    const directory = mkdtempSync(join(tmpdir(), 'winnow-bench-'));
    const sides = ['ours', ...peers].flatMap((peer) => effort.threads.map((threads) => new Side(suite, peer, threads)));
    try {
      for (const benchmark of cases) {
        const involved = sides.filter(({ peer }) => peer === 'ours' || benchmark.peers.includes(peer));
        const rows = rowsOf(benchmark, await runCase(suite, benchmark, involved, directory, effort));
        onRows(rows);
        all.push(...rows);
      }
    } finally {
      for (const side of sides) side.end();
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return all;
}

function rowsOf(benchmark: BenchmarkCase, timings: Map<string, Timing>): Row[] {
  const ours = timings.get('ours') as Timing;
  return benchmark.peers.map((peer) => comparison(benchmark.name, peer, ours, timings.get(peer) as Timing));
}

/** Makes the row of a case and one peer. */
export function comparison(name: string, peerName: string, ours: Timing, peer: Timing): Row {
  return {
    case: name,
    ours: ours.minimum * 1e3,
    peer: peer.minimum * 1e3,
    peerName,
    ratio: peer.minimum / ours.minimum,
    unit: 'ms',
    details: { ours, peer },
  };
}
