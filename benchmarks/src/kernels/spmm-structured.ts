import { BlockSparseMatrix, NmMatrix, SparsePlan, spmm, topKMask } from '@winnow/native';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { aligned } from './spmm.js';

/**
 * A layer of Transformer base with 1024 tokens, pruned in a pattern. Our side uses the matrix, or a plan made
 * beforehand.
 */
interface StructuredParameters {
  fanIn: number;
  units: number;
  tokens: number;
  /** Rows and columns of the kernel's blocks. Without it, the pattern is 2:4. */
  block?: [number, number];
  sparsity: number;
  isPlanned: boolean;
}

const SIZE = { fanIn: 512, units: 2048, tokens: 1024 };
const SHAPE = `${SIZE.fanIn}x${SIZE.units}x${SIZE.tokens}`;
/** Blocks of [fanIn, units]: the rows of a block share outputs, its columns share inputs. */
const BLOCKS: readonly [block: [number, number], percentages: readonly number[]][] = [
  [
    [16, 16],
    [50, 70, 90, 95],
  ],
  [
    [4, 4],
    [50, 90],
  ],
  [
    [1, 4],
    [50, 90],
  ],
];

const cases = [false, true].flatMap((isPlanned): BenchmarkCase[] => {
  const suffix = isPlanned ? '-plan' : '';
  return [
    {
      name: `spmm-nm${suffix}/${SHAPE}/2:4`,
      params: { ...SIZE, sparsity: 0.5, isPlanned },
      peers: isPlanned ? ['onednn-dense'] : ['onednn-dense', 'torch-csr', 'mkl'],
      tolerance: 1e-5,
    },
    ...BLOCKS.flatMap(([block, percentages]) =>
      percentages.map(
        (percent): BenchmarkCase => ({
          name: `spmm-block${suffix}/${SHAPE}/${block.join('x')}/${percent}`,
          params: { ...SIZE, sparsity: percent / 100, block, isPlanned },
          // PyTorch's product only supports square blocks.
          peers: isPlanned
            ? ['onednn-dense']
            : ['onednn-dense', 'torch-csr', ...(block[0] === block[1] ? ['torch-bsr'] : [])],
          tolerance: 1e-5,
        }),
      ),
    ),
  ];
});

function inputs(params: Parameters): Record<string, Input> {
  const { fanIn, units, tokens, sparsity, block } = params as unknown as StructuredParameters;
  const kernel = normalNumbers(fanIn * units, 1);
  const mask = topKMask(kernel, { fanIn, units, sparsity, pattern: block === undefined ? '2:4' : { block } });
  return {
    x: { data: normalNumbers(tokens * fanIn, 2), shape: [tokens, fanIn] },
    kernel: { data: kernel.map((weight, i) => (mask[i] ? weight : 0)), shape: [fanIn, units] },
  };
}

function prepare(params: Parameters, given: Record<string, Input>): Workload {
  const { fanIn, units, tokens, block, isPlanned } = params as unknown as StructuredParameters;
  const kernel = given['kernel']!.data as Float32Array;
  const x = { data: aligned(given['x']!), rows: tokens, columns: fanIn };
  const matrix =
    block === undefined
      ? NmMatrix.fromKernel(kernel, { fanIn, units })
      : BlockSparseMatrix.fromDense(kernel, { rows: fanIn, columns: units, block });
  const operand = isPlanned ? new SparsePlan(matrix) : matrix;
  const out = aligned({ data: new Float32Array(tokens * units), shape: [] });
  // An N:M matrix has the units as rows. A block matrix is the kernel itself.
  const run = () => spmm(x, operand, { transposeB: block === undefined, out });
  return { check: () => run().slice(), run };
}

export const suite: Suite = { name: 'spmm-structured', cases, inputs, prepare };
