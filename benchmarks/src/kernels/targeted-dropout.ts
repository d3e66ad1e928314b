import { targetedDropout } from '@winnow/native';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { moveWeights } from './moving-weights.js';
import { tfjsTopK } from './tfjs-topk.js';

/** How a case of this suite is described to all sides. */
export interface DropoutParameters {
  fanIn: number;
  units: number;
  targetFraction: number;
  dropRate: number;
  /** Whether the thresholds of the step before are at hand. */
  isWarm: boolean;
}

const SHAPES = [
  [4608, 512],
  [2304, 256],
] as const;

const cases = SHAPES.flatMap(([fanIn, units]): BenchmarkCase[] => {
  const params = { fanIn, units, targetFraction: 0.75, dropRate: 0.5 };
  const shape = `${fanIn}x${units}`;
  const common = { tolerance: 0, peers: ['pytorch', 'tfjs-topk'] };
  return [
    { name: `targeted-dropout/${shape}/steady`, params: { ...params, isWarm: true }, ...common },
    { name: `targeted-dropout/${shape}/cold`, params: { ...params, isWarm: false }, ...common },
    { name: `copy/${shape}`, params: { ...params, isWarm: true }, tolerance: 0, peers: ['copy'], unchecked: ['copy'] },
  ];
});

function inputs(params: Parameters): Record<string, Input> {
  const { fanIn, units } = params as unknown as DropoutParameters;
  const shape = [fanIn, units];
  return {
    kernel: { data: distinctInColumns(normalNumbers(fanIn * units, 1), units), shape },
    noise: { data: normalNumbers(fanIn * units, 2), shape },
  };
}

/** Writes the row into the lowest bits of every weight: no column has ties, which the peers do not resolve as we do. */
function distinctInColumns(kernel: Float32Array, units: number): Float32Array {
  const bits = new Uint32Array(kernel.buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = ((bits[i] as number) & ~0x1fff) | Math.floor(i / units);
  return kernel;
}

function prepare(params: Parameters, given: Record<string, Input>): Workload {
  const { fanIn, units, targetFraction, dropRate } = params as unknown as DropoutParameters;
  const kernel = given['kernel']!.data as Float32Array;
  const out = new Float32Array(kernel.length);
  let step = 0;
  const call = (rate: number) =>
    targetedDropout(kernel, {
      fanIn,
      units,
      targetFraction,
      dropRate: rate,
      seed: 1,
      step,
      out,
    });
  return {
    // With a rate of 1 nothing is random, and every side must drop exactly the same weights.
    check: () => call(1).slice(),
    between: moveWeights(kernel, given['noise']!.data as Float32Array),
    run() {
      step++;
      call(dropRate);
    },
  };
}

export const suite: Suite = { name: 'targeted-dropout', cases, inputs, prepare, nodePeers: { 'tfjs-topk': tfjsTopK } };
