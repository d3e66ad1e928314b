import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareResults } from './compare.js';
import type { InputFile } from './protocol.js';
import type { Side } from './side.js';
import { best, summarise, type Timing } from './statistics.js';
import type { BenchmarkCase, Suite } from './suite.js';

/** How much to measure. */
export interface Effort {
  /** Number of turns per side. */
  rounds: number;
  /** Approximate length of a turn in seconds. */
  turn: number;
  /** Numbers of threads to try each side with. The best one counts. */
  threads: readonly number[];
}

/** The best timing of every side of a case, by peer. Our side is `ours`. */
export async function runCase(
  suite: Suite,
  benchmark: BenchmarkCase,
  sides: readonly Side[],
  directory: string,
  { rounds, turn }: Effort,
): Promise<Map<string, Timing>> {
  const inputs = writeInputs(suite, benchmark, directory);
  const outputOf = (side: Side) => join(directory, `${side.peer}-${side.threads}.out`);
  for (const side of sides) {
    await side.ask({ kind: 'prepare', params: benchmark.params, inputs, output: outputOf(side) });
  }
  const reference = sides.find(({ peer }) => peer === 'ours') as Side;
  for (const side of sides) {
    if (benchmark.unchecked?.includes(side.peer)) continue;
    const tolerance = side.peer === 'ours' ? 0 : benchmark.tolerance;
    compareResults(`${benchmark.name}, ${side.peer}`, outputOf(reference), outputOf(side), tolerance);
  }

  const seconds = new Map<Side, number[]>(sides.map((side) => [side, []]));
  const calls = new Map<Side, number>();
  for (const side of sides) {
    // Wall-clock time, because the work between timed calls takes time, too.
    const start = performance.now();
    await side.ask({ kind: 'time', calls: 2 });
    calls.set(side, Math.max(1, Math.min(200, Math.round((2000 * turn) / (performance.now() - start)))));
    side.forgetPeak();
  }
  for (let round = 0; round < rounds; round++) {
    // Reverse the order, so that no side always runs after the same neighbour.
    for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
      const answer = await side.ask({ kind: 'time', calls: calls.get(side) as number });
      seconds.get(side)!.push(...(answer.seconds ?? []));
    }
  }
  const timings = new Map<string, Timing>();
  for (const peer of new Set(sides.map((side) => side.peer))) {
    const own = sides.filter((side) => side.peer === peer);
    const all = own.map((side) => ({
      ...summarise(seconds.get(side)!, side.threads),
      peakMemory: Math.round(side.memory().peak),
    }));
    timings.set(peer, best(all));
  }
  return timings;
}

/** Writes a case's arrays to files for its sides. */
export function writeInputs(suite: Suite, benchmark: BenchmarkCase, directory: string): Record<string, InputFile> {
  const inputs: Record<string, InputFile> = {};
  for (const [name, { data, shape }] of Object.entries(suite.inputs(benchmark.params))) {
    const file = join(directory, `${name}.bin`);
    writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    inputs[name] = { file, dtype: data instanceof Float32Array ? 'float32' : 'int32', shape };
  }
  return inputs;
}
