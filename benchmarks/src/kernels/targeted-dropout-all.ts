import { targetedDropoutAll } from '@winnow/native';
import { distinctInColumns, normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { moveWeights } from './moving-weights.js';
import { NETWORKS } from './network-shapes.js';

interface AllParameters {
  network: string;
  shapes: readonly (readonly [number, number])[];
  targetFraction: number;
  dropRate: number;
}

const cases = Object.entries(NETWORKS).map(
  ([network, shapes]): BenchmarkCase => ({
    name: `targeted-dropout-all/${network}/steady`,
    params: { network, shapes, targetFraction: 0.75, dropRate: 0.5 },
    tolerance: 0,
    peers: ['pytorch', 'copy'],
    unchecked: ['copy'],
  }),
);

/** All kernels in one array, one after the other. */
function inputs(params: Parameters): Record<string, Input> {
  const { shapes } = params as unknown as AllParameters;
  const kernels = shapes.map(([fanIn, units], i) => distinctInColumns(normalNumbers(fanIn * units, i + 1), units));
  const total = kernels.reduce((sum, { length }) => sum + length, 0);
  const kernel = new Float32Array(total);
  let at = 0;
  for (const part of kernels) {
    kernel.set(part, at);
    at += part.length;
  }
  return { kernel: { data: kernel, shape: [total] }, noise: { data: normalNumbers(total, 99), shape: [total] } };
}

function prepare(params: Parameters, given: Record<string, Input>): Workload {
  const { shapes, targetFraction, dropRate } = params as unknown as AllParameters;
  const all = given['kernel']!.data as Float32Array;
  const out = new Float32Array(all.length);
  let at = 0;
  const kernels = shapes.map(([fanIn, units], kernelId) => {
    const begin = at;
    at += fanIn * units;
    const end = at;
    const thresholds = new Int32Array(units);
    return { kernel: all.subarray(begin, end), out: out.subarray(begin, end), fanIn, units, kernelId, thresholds };
  });
  let step = 0;
  return {
    check() {
      targetedDropoutAll(kernels, { targetFraction, dropRate: 1, seed: 1, step });
      return out.slice();
    },
    between: moveWeights(all, given['noise']!.data as Float32Array),
    run() {
      step++;
      targetedDropoutAll(kernels, { targetFraction, dropRate, seed: 1, step });
    },
  };
}

export const suite: Suite = { name: 'targeted-dropout-all', cases, inputs, prepare };
