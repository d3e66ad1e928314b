/** Good arguments of what @winnow/native exports. */

import * as library from '@winnow/native';
import { networkFields } from './network-arguments.js';
import type { Random } from './random.js';
import type { MakeArguments } from './raw-calls.js';
import { blockFields, csrFields, ellFields, nmFields } from './sparse-arguments.js';

/** A call to make: on `self`, if it is a method, and as `new` for classes. */
export interface LibraryCall {
  call: (...args: unknown[]) => unknown;
  make: MakeArguments;
}

/** Exports that build, test and pack the addon: they work on files, not on arrays. */
const NOT_CALLED = new Set(['NativeAddonError']);

const matrices = {
  CsrMatrix: (random: Random) => new library.CsrMatrix(csrFields(random)),
  EllMatrix: (random: Random) => new library.EllMatrix(ellFields(random)),
  NmMatrix: (random: Random) => new library.NmMatrix(nmFields(random)),
  BlockSparseMatrix: (random: Random) => new library.BlockSparseMatrix(blockFields(random)),
};
type Kind = keyof typeof matrices;
const KINDS = Object.keys(matrices) as Kind[];

const anyMatrix = (random: Random) => matrices[random.pick(KINDS)](random);

function kernel(random: Random): { fanIn: number; units: number; kernel: Float32Array } {
  const [fanIn, units] = [random.axis(), random.axis()];
  return { fanIn, units, kernel: random.floats(fanIn, units) };
}

const maybe = <T>(random: Random, value: () => T): T | undefined => (random.chance(0.5) ? value() : undefined);

function rates(random: Random) {
  return {
    targetFraction: random.next(),
    dropRate: random.next(),
    granularity: random.pick(['weight', 'unit']),
    coin: random.pick(['weight', 'unit']),
    rescale: random.chance(0.5),
    seed: random.below(2 ** 53),
    step: random.below(2 ** 32),
  };
}

function attention(random: Random) {
  const [batch, heads] = [random.below(3), 1 + random.below(3)];
  const [queries, keys, keyDim, valueDim] = [random.axis(), random.axis(), random.axis(), random.axis()];
  const query = () => random.floats(batch, queries, heads, keyDim);
  const key = () => random.floats(batch, keys, heads, keyDim);
  const value = () => random.floats(batch, keys, heads, valueDim);
  const result = () => ({
    output: random.floats(batch, queries, heads, valueDim),
    logSumExp: random.floats(batch, heads, queries),
  });
  const causal = random.pick([false, true, 'upper-left', 'lower-right']);
  const keyMask = maybe(random, () => random.bytes(batch, keys));
  const options = { batch, heads, queries, keys, keyDim, valueDim, causal, keyMask };
  return { call: [query(), key(), value(), options], query, key, value, result };
}

const dense = (random: Random, rows: number, columns: number) => ({
  data: random.floats(rows, columns),
  rows,
  columns,
});

const size = (random: Random) => ({ rows: random.below(20), columns: random.below(20) });

/** Two of every four entries, whole blocks of 2 × 2, equally many of every column. */
const evenMask = (count: number, columns: number) =>
  new Uint8Array(count).map((_, i) => Number(((i % columns) >> 1) % 2 === 0));

const functions: Record<string, MakeArguments> = {
  operations: () => [],
  instructionSets: () => [],
  findTensorFlowOps: () => [],
  // Without TensorFlow in the process it says that it is missing.
  loadTensorFlowOps: () => [],
  alignedFloats: (random) => [random.axis()],
  prunedCount: (random) => [random.next(), random.axis()],
  checkCsr: (random) => ['fuzz', csrFields(random)],
  checkBlocks: (random) => ['fuzz', blockFields(random)],
  attention: (random) => {
    const { call, result } = attention(random);
    return [...call, maybe(random, result)];
  },
  attentionGrad: (random) => {
    const { call, query, key, value, result } = attention(random);
    const out = maybe(random, () => ({ dQuery: query(), dKey: key(), dValue: value() }));
    return [...call, result(), result().output, out];
  },
  topKMask: (random) => {
    const { fanIn, units, kernel: weights } = kernel(random);
    const isPattern = random.chance(0.5);
    const pattern = isPattern ? random.pick(['2:4', { block: [1 + random.below(5), 1 + random.below(5)] }]) : undefined;
    const sparsity = pattern === '2:4' ? 0.5 : random.next();
    const granularity = isPattern ? 'weight' : random.pick(['weight', 'unit']);
    return [
      weights,
      { fanIn, units, sparsity, granularity, pattern, out: maybe(random, () => random.bytes(fanIn, units)) },
    ];
  },
  targetedDropout: (random) => {
    const { fanIn, units, kernel: weights } = kernel(random);
    const thresholds = maybe(random, () => random.integers(units));
    return [
      weights,
      { fanIn, units, ...rates(random), thresholds, out: maybe(random, () => random.floats(fanIn, units)) },
    ];
  },
  targetedDropoutAll: (random) => {
    const kernels = Array.from({ length: random.below(5) }, () => ({
      ...kernel(random),
      kernelId: random.below(2 ** 32),
    }));
    return [kernels, rates(random)];
  },
  rankMask: (random) => {
    const items = Array.from({ length: random.below(5) }, () => {
      const { fanIn, units, kernel: scores } = kernel(random);
      return { fanIn, units, scores };
    });
    return [items, { sparsity: random.next(), scope: random.pick(['column', 'layer', 'global']) }];
  },
  spmm: (random) => {
    const matrix = anyMatrix(random);
    const sparse = random.chance(0.3) ? new library.SparsePlan(matrix) : matrix;
    const [isLeft, transposeA, transposeB] = [random.chance(0.5), random.chance(0.5), random.chance(0.5)];
    const [rows, columns] = (isLeft ? transposeA : transposeB)
      ? [matrix.columns, matrix.rows]
      : [matrix.rows, matrix.columns];
    const [inner, units] = isLeft ? [columns, rows] : [rows, columns];
    const tokens = random.axis();
    const isTurned = isLeft ? transposeB : transposeA;
    const other = isLeft === isTurned ? dense(random, tokens, inner) : dense(random, inner, tokens);
    const options = {
      transposeA,
      transposeB,
      bias: maybe(random, () => random.floats(units)),
      activation: random.pick(['none', 'relu', 'gelu']),
      out: maybe(random, () => random.floats(tokens, units)),
    };
    return isLeft ? [sparse, other, options] : [other, sparse, options];
  },
  sddmm: (random) => {
    const pattern = anyMatrix(random);
    const [transposeA, transposeB, tokens] = [random.chance(0.5), random.chance(0.5), random.axis()];
    const { rows, columns } = pattern;
    const a = transposeA ? dense(random, tokens, rows) : dense(random, rows, tokens);
    const b = transposeB ? dense(random, columns, tokens) : dense(random, tokens, columns);
    return [pattern, a, b, { transposeA, transposeB, out: maybe(random, () => random.floats(pattern.values.length)) }];
  },
};

const constructors: Record<string, MakeArguments> = {
  CsrMatrix: (random) => [csrFields(random)],
  EllMatrix: (random) => [ellFields(random)],
  NmMatrix: (random) => [nmFields(random)],
  BlockSparseMatrix: (random) => [blockFields(random)],
  SparsePlan: (random) => [anyMatrix(random)],
  NetworkPlan: (random) => [...networkFields(random), networkOptions(random)],
};

const networkOptions = (random: Random): library.NetworkPlanOptions => ({
  threads: 1 + random.below(2),
  execution: random.pick(['auto', 'sparse', 'dense']),
});

/** A method on a good network with good inputs, disposed of or not. */
function onNetwork(method: Call): LibraryCall {
  return {
    make: (random) => {
      const plan = new library.NetworkPlan(...networkFields(random), networkOptions(random));
      if (random.chance(0.1)) plan.dispose();
      const batch = random.below(20);
      const inputs = plan.inputs.map(({ height, width, channels }) => random.floats(batch, height, width, channels));
      return [plan, batch, inputs];
    },
    call: (plan, ...args) => method.apply(plan, args),
  };
}

const indexType = (random: Random) => random.pick(['int32', 'uint16', undefined]);

const statics: Record<string, MakeArguments> = {
  'CsrMatrix.fromDense': (random) => {
    const { data, ...rest } = dense(random, random.axis(), random.axis());
    return [data, { ...rest, indexType: indexType(random) }];
  },
  'CsrMatrix.fromMask': (random) => {
    const { rows, columns } = size(random);
    return [random.floats(rows, columns), random.bytes(rows, columns), { rows, columns, indexType: indexType(random) }];
  },
  'EllMatrix.fromKernel': (random) => {
    const { fanIn, units, kernel: weights } = kernel(random);
    const mask = maybe(random, () => new Uint8Array(weights.length).map((_, i) => Number(i < units * 3)));
    return [weights, { fanIn, units, mask, indexType: indexType(random) }];
  },
  'EllMatrix.fromCsr': (random) => [new library.EllMatrix(ellFields(random)).toCsr(), indexType(random)],
  'NmMatrix.fromDense': (random) => {
    const { rows, columns } = size(random);
    const even = evenMask(rows * columns, Math.max(1, columns));
    return [random.floats(rows, columns).map((w, i) => w * even[i]!), { rows, columns }];
  },
  'NmMatrix.fromMask': (random) => {
    const [rows, columns] = [random.below(20), 4 * random.below(6)];
    return [random.floats(rows, columns), evenMask(rows * columns, Math.max(1, columns)), { rows, columns }];
  },
  'NmMatrix.fromKernel': (random) => {
    const [fanIn, units] = [4 * random.below(6), random.below(20)];
    const mask = maybe(random, () => new Uint8Array(fanIn * units).map((_, i) => Number((i / units) % 4 < 2)));
    return [mask ? random.floats(fanIn, units) : new Float32Array(fanIn * units), { fanIn, units, mask }];
  },
  'BlockSparseMatrix.fromDense': (random) => {
    const [rows, columns] = [random.axis(), random.axis()];
    return [random.floats(rows, columns), { rows, columns, block: [1 + random.below(5), 1 + random.below(5)] }];
  },
  'BlockSparseMatrix.fromMask': (random) => {
    const { rows, columns } = size(random);
    const mask = new Uint8Array(rows * columns).fill(random.below(2));
    return [random.floats(rows, columns), mask, { rows, columns, block: [1 + random.below(5), 1 + random.below(5)] }];
  },
};

type Call = (...args: unknown[]) => unknown;
type AnyClass = (new (...args: unknown[]) => object) & Record<string, unknown>;

const isClass = (value: unknown): value is AnyClass => typeof value === 'function' && /^class\b/.test(String(value));

/** The own functions of an object, accessors and constructors apart. */
function methodsOf(holder: object): [name: string, method: Call][] {
  return Object.entries(Object.getOwnPropertyDescriptors(holder))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name, { value }]) => [name, value as Call]);
}

/** A method on a good matrix, its arrays perhaps spoiled since it was made. */
function onMatrix(kind: Kind | 'SparsePlan', method: Call): LibraryCall {
  return {
    make: (random) => {
      const matrix = kind === 'SparsePlan' ? new library.SparsePlan(anyMatrix(random)) : matrices[kind](random);
      const indices = 'rowOffsets' in matrix ? matrix.rowOffsets : 'positions' in matrix ? matrix.positions : undefined;
      if (indices !== undefined && indices.length > 0 && random.chance(0.2)) {
        indices[random.below(indices.length)] = random.below(50);
      }
      return [matrix, random.chance(0.5)];
    },
    call: (matrix, ...args) => method.apply(matrix, args),
  };
}

/** Every function and method that the package exports, by name. @throws {Error} naming one that nobody calls here. */
export function libraryCalls(): Record<string, LibraryCall> {
  const calls: Record<string, LibraryCall> = {};
  const add = (name: string, make: MakeArguments | undefined, call: Call) => {
    if (make === undefined) throw new Error(`fuzz/surface: nobody calls ${name}; add it to library-calls.ts`);
    calls[name] = { make, call };
  };
  for (const [name, value] of Object.entries(library)) {
    if (NOT_CALLED.has(name) || typeof value !== 'function') continue;
    if (!isClass(value)) {
      add(name, functions[name], value as Call);
      continue;
    }
    add(name, constructors[name], (...args) => new value(...args));
    const own = methodsOf(value).filter(([method]) => method !== 'prototype');
    for (const [method, call] of own) add(`${name}.${method}`, statics[`${name}.${method}`], call.bind(value));
    const prototype = value['prototype'] as object;
    for (const [method, call] of methodsOf(prototype)) {
      calls[`${name}#${method}`] = name === 'NetworkPlan' ? onNetwork(call) : onMatrix(name as Kind, call);
    }
  }
  return calls;
}
