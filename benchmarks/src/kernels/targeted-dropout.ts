import { targetedDropout } from '@winnow/native';
import { distinctInColumns, normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { evictCaches, moveWeights } from './moving-weights.js';
import { tfjsTopK } from './tfjs-topk.js';

/** A case of this suite, as all sides get it. */
export interface DropoutParameters {
  fanIn: number;
  units: number;
  targetFraction: number;
  dropRate: number;
  /** Whether the thresholds of the previous step are available. */
  isWarm: boolean;
  granularity?: 'weight' | 'unit';
  /** Whether to evict the caches between calls. In training, the kernel comes from memory, too. */
  evicts?: boolean;
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
    {
      // One half has a single binary digit, which makes the cheapest coin. The paper's other rates have all 30 digits.
      name: `targeted-dropout/${shape}/rate-0.66`,
      params: { ...params, dropRate: 0.66, isWarm: true },
      tolerance: 0,
      peers: ['pytorch', 'copy'],
      unchecked: ['copy'],
    },
    {
      name: `targeted-dropout/${shape}/unit`,
      params: { ...params, isWarm: true, granularity: 'unit' },
      tolerance: 0,
      peers: ['pytorch', 'copy'],
      unchecked: ['copy'],
    },
    { name: `copy/${shape}`, params: { ...params, isWarm: true }, tolerance: 0, peers: ['copy'], unchecked: ['copy'] },
    {
      name: `copy/${shape}/evicted`,
      params: { ...params, isWarm: true, evicts: true },
      tolerance: 0,
      peers: ['copy', 'pytorch'],
      unchecked: ['copy'],
    },
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

function prepare(params: Parameters, given: Record<string, Input>): Workload {
  const { fanIn, units, targetFraction, dropRate, isWarm, granularity, evicts } =
    params as unknown as DropoutParameters;
  const kernel = given['kernel']!.data as Float32Array;
  const out = new Float32Array(kernel.length);
  const thresholds = new Int32Array(units);
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
      ...(isWarm && { thresholds }),
      ...(granularity && { granularity }),
    });
  const move = moveWeights(kernel, given['noise']!.data as Float32Array);
  return {
    // At rate 1 nothing is random, so every side must drop exactly the same weights.
    check: () => call(1).slice(),
    between() {
      move();
      if (evicts) evictCaches();
    },
    run() {
      step++;
      call(dropRate);
    },
  };
}

export const suite: Suite = { name: 'targeted-dropout', cases, inputs, prepare, nodePeers: { 'tfjs-topk': tfjsTopK } };
