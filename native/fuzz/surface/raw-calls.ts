/** Good arguments of the addon's own functions, as lib/binding.ts declares them. */

import type { NativeBinding, NativeCsr } from '../../lib/binding.js';
import { networkFields } from './network-arguments.js';
import type { Random } from './random.js';
import { blockFields, csrFields, nmFields } from './sparse-arguments.js';

export type MakeArguments = (random: Random) => unknown[];

function attention(random: Random, isGradient: boolean): unknown[] {
  const [batch, heads] = [Math.min(random.axis(), random.isHollow ? 2 ** 31 : 3), 1 + random.below(3)];
  const [queries, keys, keyDim, valueDim] = [random.axis(), random.axis(), random.axis(), random.axis()];
  const masked = random.chance(0.5);
  const query = () => random.floats(batch, queries, heads, keyDim);
  const key = () => random.floats(batch, keys, heads, keyDim);
  const value = () => random.floats(batch, keys, heads, valueDim);
  const output = () => random.floats(batch, queries, heads, valueDim);
  const sums = random.floats(batch, heads, queries);
  const call: unknown[] = [batch, heads, queries, keys, keyDim, valueDim, query(), key(), value(), masked];
  call.push(masked ? random.bytes(batch, keys) : new Uint8Array(0), random.below(3), random.next());
  return isGradient ? [...call, output(), sums, output(), query(), key(), value()] : [...call, output(), sums];
}

const kernel = (random: Random) => {
  const [fanIn, units] = [random.chance(0.1) ? 800 + random.below(100) : random.axis(), random.axis()];
  return { fanIn, units, kernel: random.floats(fanIn, units) };
};

const word = (random: Random) => random.below(2 ** 32);

function dropoutKernel(random: Random, granularity: number): unknown[] {
  const { fanIn, units, kernel: weights } = kernel(random);
  const count = random.below((granularity === 0 ? fanIn : units) + 1);
  const thresholds = random.chance(0.5) ? random.integers(units) : new Int32Array(0);
  return [weights, fanIn, units, count, word(random), thresholds, random.floats(fanIn, units)];
}

function product(random: Random, units: number, channels: number): unknown[] {
  const tokens = random.chance(0.2) ? random.below(200) : random.axis();
  const bias = random.chance(0.5) ? random.floats(units) : undefined;
  const [dense, out] = [random.floats(tokens, channels), random.floats(tokens, units)];
  return [tokens, dense, random.chance(0.5), bias, random.below(3), random.chance(0.5), out];
}

/** A matrix's arguments with its rows and columns. */
type Matrix = (random: Random, withValues: boolean) => { rows: number; columns: number; args: unknown[]; size: number };

const csr: Matrix = (random, withValues) => {
  const { rows, columns, values, columnIndices, rowOffsets } = csrFields(random);
  const args = [rows, columns, ...(withValues ? [values] : []), columnIndices, rowOffsets];
  return { rows, columns, args, size: values.length };
};
const nm: Matrix = (random) => {
  const { rows, columns, n, m, values, positions } = nmFields(random);
  return { rows, columns, args: [rows, columns, n, m, values, positions], size: values.length };
};
const blocks: Matrix = (random, withValues) => {
  const { rows, columns, block, values, columnIndices, rowOffsets } = blockFields(random);
  const args = [rows, columns, ...block, ...(withValues ? [values] : []), columnIndices, rowOffsets];
  return { rows, columns, args, size: values.length };
};

const plan =
  (matrix: Matrix): MakeArguments =>
  (random) => [...matrix(random, true).args, random.chance(0.5)];

const spmm =
  (matrix: Matrix): MakeArguments =>
  (random) => {
    const { rows, columns, args } = matrix(random, true);
    const transposed = random.chance(0.5);
    return [...args, transposed, ...(transposed ? product(random, columns, rows) : product(random, rows, columns))];
  };

const sddmm =
  (matrix: Matrix): MakeArguments =>
  (random) => {
    const { rows, columns, args, size } = matrix(random, false);
    const tokens = random.axis();
    const [rowInput, columnInput] = [random.floats(tokens, rows), random.floats(tokens, columns)];
    return [...args, tokens, rowInput, random.chance(0.5), columnInput, random.chance(0.5), random.floats(size)];
  };

/** A small network, and its arrays. */
const network = (random: Random): unknown[] => [...networkFields(random), random.below(3), random.below(3)];

function networkRun(binding: NativeBinding, random: Random): unknown[] {
  const [program, weights] = networkFields(random);
  const made = binding.networkPlan(program, weights, 1, random.below(3));
  const [, , , , height = 0, width = 0, channels = 0, , outHeight = 0, outWidth = 0, outputs = 0] =
    binding.networkInfo(made);
  const batch = random.below(20);
  return [
    made,
    batch,
    random.floats(batch, height, width, channels),
    random.floats(batch, outHeight, outWidth, outputs),
  ];
}

/** One maker for every function of the addon. */
export function rawCalls(binding: NativeBinding): Record<string, MakeArguments> {
  return {
    operations: () => [],
    instructionSets: () => [],
    misalignment: (random) => [new ArrayBuffer(random.below(100))],
    loadTensorFlowOps: (random) => [
      random.pick(['', '/', '/nonexistent/winnow.so', 'x'.repeat(1e5), 'a\0b', '\ud800']),
    ],
    attention: (random) => attention(random, false),
    attentionGrad: (random) => attention(random, true),
    topKMask: (random) => {
      const { fanIn, units, kernel: weights } = kernel(random);
      const granularity = random.below(2);
      const count = random.below((granularity === 0 ? fanIn : units) + 1);
      return [weights, fanIn, units, granularity, count, random.bytes(fanIn, units)];
    },
    targetedDropout: (random) => {
      const granularity = random.below(2);
      const [weights, fanIn, units, count, id, thresholds, out] = dropoutKernel(random, granularity);
      const draws = [random.below(2 ** 30 + 1), word(random), word(random), id, word(random)];
      const rest = [random.chance(0.5), random.next(), thresholds, out];
      return [weights, fanIn, units, granularity, random.below(2), count, ...draws, ...rest];
    },
    targetedDropoutAll: (random) => {
      const granularity = random.below(2);
      const kernels = Array.from({ length: random.below(5) }, () => dropoutKernel(random, granularity));
      const draws = [random.below(2 ** 30 + 1), word(random), word(random), word(random)];
      return [kernels, granularity, random.below(2), ...draws, random.chance(0.5), random.next()];
    },
    rankMask: (random) => {
      const scope = random.below(5);
      const block = [1 + random.below(5), 1 + random.below(5)] as const;
      let total = 0;
      const items = Array.from({ length: random.below(4) }, () => {
        const { fanIn, units, kernel: scores } = kernel(random);
        total += fanIn * units;
        const most = [fanIn, fanIn * units, 0, 0, Math.ceil(fanIn / block[0]) * Math.ceil(units / block[1])][scope]!;
        return [scores, fanIn, units, random.below(Math.min(2 ** 34, most) + 1), random.bytes(fanIn, units)];
      });
      return [items, scope, random.chance(0.5), ...block, random.below(Math.min(2 ** 34, total) + 1)];
    },
    spmm: spmm(csr),
    spmmNm: spmm(nm),
    spmmBlock: spmm(blocks),
    spmmPlan: plan(csr),
    spmmPlanNm: plan(nm),
    spmmPlanBlock: plan(blocks),
    spmmRun: (random) => {
      const { rows, columns, args } = csr(random, true);
      const made = binding.spmmPlan(...(args as NativeCsr), false);
      return [made, ...product(random, rows, columns)];
    },
    networkPlan: network,
    networkInfo: (random) => networkRun(binding, random).slice(0, 1),
    networkRun: (random) => networkRun(binding, random),
    networkRunAsync: (random) => networkRun(binding, random),
    networkDispose: (random) => networkRun(binding, random).slice(0, 1),
    sddmm: sddmm(csr),
    sddmmBlock: sddmm(blocks),
  };
}
