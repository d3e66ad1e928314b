import { rankMask } from '@winnow/native';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { NETWORKS } from './network-shapes.js';

/** Masks of the lowest scores: of one kernel by column and as a whole, and of all kernels of a network together. */
interface RankParameters {
  shapes: readonly (readonly [fanIn: number, units: number])[];
  scope: 'column' | 'layer' | 'global';
  sparsity: number;
}

const KERNEL = [[2304, 256]] as const;
const cases = [
  { name: 'rank-mask/2304x256/column', params: { shapes: KERNEL, scope: 'column', sparsity: 0.9 } },
  { name: 'rank-mask/2304x256/layer', params: { shapes: KERNEL, scope: 'layer', sparsity: 0.9 } },
  {
    name: 'rank-mask/resnet32-32/global',
    params: { shapes: NETWORKS['resnet32-32'], scope: 'global', sparsity: 0.9 },
  },
].map((entry): BenchmarkCase => ({ ...entry, peers: ['pytorch-kthvalue', 'pytorch-topk'], tolerance: 0 }));

function inputs(params: Parameters): Record<string, Input> {
  const { shapes } = params as unknown as RankParameters;
  const total = shapes.reduce((sum, [fanIn, units]) => sum + fanIn * units, 0);
  return { scores: { data: normalNumbers(total, 1).map((x) => x * x), shape: [total] } };
}

function prepare(params: Parameters, given: Record<string, Input>): Workload {
  const { shapes, scope, sparsity } = params as unknown as RankParameters;
  const scores = given['scores']!.data as Float32Array;
  const out = new Uint8Array(scores.length);
  let at = 0;
  const items = shapes.map(([fanIn, units]) => {
    const begin = at;
    at += fanIn * units;
    return { scores: scores.subarray(begin, at), fanIn, units, out: out.subarray(begin, at) };
  });
  const run = () => rankMask(items, { sparsity, scope });
  return {
    check() {
      run();
      return Float32Array.from(out);
    },
    run,
  };
}

export const suite: Suite = { name: 'rank-mask', cases, inputs, prepare };
