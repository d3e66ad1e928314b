import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeInputs } from '../harness/run-case.js';
import { Side } from '../harness/side.js';
import type { BenchmarkCase, Suite } from '../harness/suite.js';

/** Memory and live tensors after a number of steps. */
export interface SoakSample {
  steps: number;
  /** MiB. */
  resident: number;
  tensors: number;
}

/** Result of `soak`. */
export interface SoakResult {
  case: string;
  samples: SoakSample[];
  /** Growth from the first sample, taken after the warm-up, to the last: MiB and tensors. */
  growth: { resident: number; tensors: number };
}

const WARM_UP = 50;
const SAMPLES = 20;

/** Runs `steps` steps of our side in a process of its own and watches for leaks. */
export async function soak(
  suite: Suite,
  benchmark: BenchmarkCase,
  steps: number,
  onSample: (sample: SoakSample) => void,
): Promise<SoakResult> {
  const directory = mkdtempSync(join(tmpdir(), 'winnow-soak-'));
  const side = new Side(suite, 'ours', availableParallelism());
  try {
    const inputs = writeInputs(suite, benchmark, directory);
    await side.ask({ kind: 'prepare', params: benchmark.params, inputs, output: join(directory, 'ours.out') });
    const samples: SoakSample[] = [];
    const run = async (calls: number) => {
      const { tensors = 0 } = await side.ask({ kind: 'time', calls });
      const done = (samples.at(-1)?.steps ?? 0) + calls;
      samples.push({ steps: done, resident: Math.round(side.memory().resident), tensors });
      onSample(samples.at(-1) as SoakSample);
    };
    await run(Math.min(WARM_UP, steps));
    const chunk = Math.max(1, Math.ceil((steps - WARM_UP) / SAMPLES));
    for (let left = steps - WARM_UP; left > 0; left -= chunk) await run(Math.min(chunk, left));
    const [first, last] = [samples[0], samples.at(-1)] as [SoakSample, SoakSample];
    const growth = { resident: last.resident - first.resident, tensors: last.tensors - first.tensors };
    return { case: benchmark.name, samples, growth };
  } finally {
    side.end();
    rmSync(directory, { recursive: true, force: true });
  }
}
