import { CsrMatrix, sddmm } from '@winnow/native';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { aligned, PERCENTAGES, prunedLayer, type SpmmParameters } from './spmm.js';

const cases = [
  [512, 2048],
  [512, 512],
].flatMap(([fanIn, units]) =>
  PERCENTAGES.map(
    (percent): BenchmarkCase => ({
      name: `sddmm/${fanIn}x${units}x1024/${percent}`,
      params: { fanIn, units, tokens: 1024, sparsity: percent / 100, layout: 'tokens' },
      peers: ['torch-sampled', 'onednn-dense'],
      tolerance: 1e-5,
    }),
  ),
);

function inputs(params: Parameters): Record<string, Input> {
  const { units, tokens } = params as unknown as SpmmParameters;
  return { ...prunedLayer(params), dy: { data: normalNumbers(tokens * units, 3), shape: [tokens, units] } };
}

/** The gradient of a pruned layer's weights: xᵀ · dy at the stored entries. */
function prepare(params: Parameters, given: Record<string, Input>): Workload {
  const { fanIn, units, tokens } = params as unknown as SpmmParameters;
  const pattern = CsrMatrix.fromDense(given['kernel']!.data as Float32Array, { rows: fanIn, columns: units });
  const x = { data: aligned(given['x']!), rows: tokens, columns: fanIn };
  const dy = { data: aligned(given['dy']!), rows: tokens, columns: units };
  const out = new Float32Array(pattern.nnz);
  const run = () => sddmm(pattern, x, dy, { transposeA: true, out });
  return { check: () => run().slice(), run };
}

export const suite: Suite = { name: 'sddmm', cases, inputs, prepare };
