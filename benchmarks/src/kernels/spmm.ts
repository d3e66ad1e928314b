import { alignedFloats, CsrMatrix, EllMatrix, SparsePlan, spmm, topKMask } from '@winnow/native';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';

/** A case of this suite, as all sides get it. */
export interface SpmmParameters {
  fanIn: number;
  units: number;
  tokens: number;
  /** Sparsity of every column of the kernel, in [0, 1]. */
  sparsity: number;
  /**
   * What our side is given. `kernel`: a CsrMatrix [fanIn, units], transposed in the timed call. `units`: an EllMatrix
   * [units, fanIn], ordered in the timed call. `plan`: a SparsePlan, made beforehand.
   */
  form: 'kernel' | 'units' | 'plan';
  /** `tokens`: x [tokens, fanIn] and y [tokens, units], as in a layer. `channels`: both transposed. */
  layout: 'tokens' | 'channels';
}

/** Layers of Transformer base: both feed-forward layers and an attention projection. */
const SHAPES = [
  [512, 2048],
  [2048, 512],
  [512, 512],
] as const;
const TOKENS = 1024;
export const PERCENTAGES = [50, 60, 70, 80, 90, 95, 98, 99] as const;
const SPARSE_PEERS = ['torch-csr', 'mkl', 'scipy'] as const;
const KINDS = [
  { suite: 'spmm', form: 'units', layout: 'tokens', peers: ['onednn-dense', ...SPARSE_PEERS] },
  { suite: 'spmm-channels', form: 'units', layout: 'channels', peers: SPARSE_PEERS },
  { suite: 'spmm-kernel', form: 'kernel', layout: 'tokens', peers: ['onednn-dense'] },
  { suite: 'spmm-plan', form: 'plan', layout: 'tokens', peers: ['onednn-dense'] },
] as const;

const cases = SHAPES.flatMap(([fanIn, units]) =>
  PERCENTAGES.flatMap((percent) =>
    KINDS.map(
      ({ suite, form, layout, peers }): BenchmarkCase => ({
        name: `${suite}/${fanIn}x${units}x${TOKENS}/${percent}`,
        params: { fanIn, units, tokens: TOKENS, sparsity: percent / 100, form, layout },
        peers,
        tolerance: 1e-5,
      }),
    ),
  ),
);

/** Tokens, and a kernel pruned by magnitude: every column keeps the same number of weights. */
export function prunedLayer(params: Parameters): Record<string, Input> {
  const { fanIn, units, tokens, sparsity, layout } = params as unknown as SpmmParameters;
  const kernel = normalNumbers(fanIn * units, 1);
  const mask = topKMask(kernel, { fanIn, units, sparsity });
  return {
    x: { data: normalNumbers(tokens * fanIn, 2), shape: layout === 'channels' ? [fanIn, tokens] : [tokens, fanIn] },
    kernel: { data: kernel.map((weight, i) => (mask[i] ? weight : 0)), shape: [fanIn, units] },
  };
}

/** A copy that starts at a cache line, as tensors of TensorFlow and PyTorch do. */
export function aligned({ data }: Input): Float32Array {
  const copy = alignedFloats(data.length);
  copy.set(data);
  return copy;
}

function prepare(params: Parameters, given: Record<string, Input>): Workload {
  const { fanIn, units, tokens, form, layout } = params as unknown as SpmmParameters;
  const kernel = given['kernel']!.data as Float32Array;
  const [rows, columns] = given['x']!.shape as [number, number];
  const x = { data: aligned(given['x']!), rows, columns };
  const ell = EllMatrix.fromKernel(kernel, { fanIn, units });
  const csr = CsrMatrix.fromDense(kernel, { rows: fanIn, columns: units });
  const plan = new SparsePlan(ell);
  const out = alignedFloats(tokens * units);
  const run = {
    kernel: () => spmm(x, csr, { out }),
    units: () => (layout === 'channels' ? spmm(ell, x, { out }) : spmm(x, ell, { transposeB: true, out })),
    plan: () => spmm(x, plan, { transposeB: true, out }),
  }[form];
  return { check: () => run().slice(), run };
}

export const suite: Suite = { name: 'spmm', cases, inputs: prunedLayer, prepare };
