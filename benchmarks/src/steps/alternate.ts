import { availableParallelism } from 'node:os';
import { comparison, type Row } from '../harness/run-suites.js';
import { quantiles, summarise } from '../harness/statistics.js';
import type { BenchmarkCase, Suite } from '../harness/suite.js';
import { timedCall } from '../harness/timed-call.js';

const WARM_UP = 5;

/**
 * A row, and statistics of the difference between consecutive steps of both sides (ours minus the peer's), in
 * milliseconds.
 */
export interface AlternatedRow extends Row {
  pairedDifference: { lowerQuartile: number; median: number; upperQuartile: number };
}

/**
 * Runs both sides of a case in this process, alternating step by step. Two processes with the same code differ by some
 * percent for as long as they live, which hides the cost of a small part of a step. Only for Node.js peers of the same
 * suite.
 *
 * @param steps steps of each side, an integer ≥ 1
 * @throws RangeError if `steps` is out of range or the suite has no such Node.js peer
 */
export async function alternate(
  suite: Suite,
  benchmark: BenchmarkCase,
  peerName: string,
  steps: number,
): Promise<AlternatedRow> {
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(`alternate: steps must be an integer ≥ 1, got ${steps}`);
  const preparePeer = suite.nodePeers?.[peerName];
  if (preparePeer === undefined) throw new RangeError(`${benchmark.name} has no peer '${peerName}' in Node.js`);
  const { params } = benchmark;
  const ours = await suite.prepare(params, suite.inputs(params));
  const peer = await preparePeer(params, suite.inputs(params));
  try {
    for (const side of [ours, peer]) for (let i = 0; i < WARM_UP; i++) side.run();
    const seconds: [number[], number[]] = [[], []];
    for (let i = 0; i < steps; i++) {
      // Swap the order, so that the after-effects of a step hit both sides.
      for (const j of i % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) seconds[j].push(timedCall([ours, peer][j]!));
    }
    return rowOf(`${benchmark.name}/one-process`, peerName, seconds);
  } finally {
    ours.dispose?.();
    peer.dispose?.();
  }
}

function rowOf(name: string, peerName: string, [ours, peer]: [number[], number[]]): AlternatedRow {
  const threads = availableParallelism();
  const at = quantiles(ours.map((time, i) => 1e3 * (time - (peer[i] as number))));
  return {
    ...comparison(name, peerName, summarise(ours, threads), summarise(peer, threads)),
    pairedDifference: { lowerQuartile: at(0.25), median: at(0.5), upperQuartile: at(0.75) },
  };
}
