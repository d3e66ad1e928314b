/**
 * The whole contract between TypeScript and the addon. Types only, but for the numbers both sides must agree on.
 * Shapes: a kernel is a row-major matrix [fanIn, units] in a flat array of exactly fanIn · units elements.
 */
import type { Granularity } from './arguments.js';

/** Raised with every change below, in src/addon/module.cc as well: an old addon is then refused by name. */
export const CONTRACT_VERSION = 6;

/** How the addon numbers its choices. */
export const GRANULARITY_CODE: Readonly<Record<Granularity, number>> = { weight: 0, unit: 1 };
export const COIN_CODE: Readonly<Record<Granularity, number>> = { unit: 0, weight: 1 };

/** The scopes of rankMask; the last two are patterns. */
export const SCOPE_CODE = { column: 0, layer: 1, global: 2, '2:4': 3, block: 4 } as const;

export const ACTIVATION_CODE = { none: 0, relu: 1, gelu: 2 } as const;

export const EXECUTION_CODE = { auto: 0, sparse: 1, dense: 2 } as const;

/** What the nodes of a network compute (NetworkPlan), as native/src/plan/network.h numbers it. */
export const NETWORK_OP_CODE = {
  input: 0,
  output: 1,
  convolution: 2,
  scaleShift: 3,
  activation: 4,
  add: 5,
  multiply: 6,
  maximum: 7,
  minimum: 8,
  concatenate: 9,
  maxPool: 10,
  averagePool: 11,
  zeroPad: 12,
  upsample: 13,
  reshape: 14,
  softmax: 15,
  logSoftmax: 16,
} as const;

/** Activations of nodes, as native/src/plan/activation.h numbers them. */
export const NETWORK_ACTIVATION_CODE = {
  none: 0,
  relu: 1,
  cappedRelu: 2,
  leakyRelu: 3,
  elu: 4,
  selu: 5,
  sigmoid: 6,
  hardSigmoid: 7,
  tanh: 8,
  softplus: 9,
  softsign: 10,
  gelu: 11,
  geluTanh: 12,
  swish: 13,
  mish: 14,
  thresholdedRelu: 15,
} as const;

export const CAUSAL_CODE = { none: 0, 'upper-left': 1, 'lower-right': 2 } as const;

/** A plan the addon made; the garbage collector frees it. */
export type NativePlan = object & { readonly __plan?: never };

/** A network that the addon made ready to run; the garbage collector frees it. */
export type NativeNetwork = object & { readonly __network?: never };

/** Sparse matrices as arguments; see CsrMatrix, NmMatrix and BlockSparseMatrix. */
export type NativeCsr = [
  rows: number,
  columns: number,
  values: Float32Array,
  columnIndices: Int32Array | Uint16Array,
  rowOffsets: Int32Array,
];
export type NativeNm = [
  rows: number,
  columns: number,
  n: number,
  m: number,
  values: Float32Array,
  positions: Uint8Array,
];
export type NativeBlocks = [
  rows: number,
  columns: number,
  blockRows: number,
  blockColumns: number,
  values: Float32Array,
  columnIndices: Int32Array,
  rowOffsets: Int32Array,
];
/** What follows the sparse matrix in a product. */
type NativeProduct = [
  tokens: number,
  dense: Float32Array,
  denseTokensOuter: boolean,
  bias: Float32Array | undefined,
  activation: number,
  outTokensOuter: boolean,
  out: Float32Array,
];

/** The name of an instruction set that the kernels are compiled for. The list stands in cmake/WinnowIsa.cmake. */
export type InstructionSet = string;

export interface InstructionSets {
  /** The one in use: what WINNOW_ISA names, otherwise the widest supported. */
  selected: InstructionSet;
  /** Those this processor can run. */
  supported: InstructionSet[];
  /** Those this build contains. */
  compiled: InstructionSet[];
}

/** One kernel of targetedDropoutAll; as the arguments of targetedDropout of these names. */
export type NativeDropoutKernel = [
  kernel: Float32Array,
  fanIn: number,
  units: number,
  count: number,
  kernelId: number,
  thresholds: Int32Array,
  out: Float32Array,
];

/** One matrix of rankMask. `count`: entries cut of every column (column), entries (layer) or blocks (block). */
export type NativeRankItem = [scores: Float32Array, fanIn: number, units: number, count: number, out: Uint8Array];

/** What both calls of attention begin with; see AttentionOptions. `keyMask`: empty unless `masked`. */
type NativeAttentionArguments = readonly [
  batch: number,
  heads: number,
  queries: number,
  keys: number,
  keyDim: number,
  valueDim: number,
  query: Float32Array,
  key: Float32Array,
  value: Float32Array,
  masked: boolean,
  keyMask: Uint8Array,
  causal: number,
  scale: number,
];

/**
 * What the addon exports. Every function throws a TypeError or RangeError that begins with its own name for a wrong
 * argument, and an Error if WINNOW_ISA names an instruction set that is unknown or unsupported, or WINNOW_THREADS no
 * number in [1, 1024]. No argument of any kind ends the process (fuzz/surface.ts).
 */
export interface NativeBinding {
  readonly contractVersion: number;
  /** The ops compiled in, by the names of their folders, sorted. */
  operations(): string[];
  instructionSets(): InstructionSets;
  /** True if this call loaded the library, false if an earlier one in the process had. */
  loadTensorFlowOps(path: string): boolean;
  /** How many bytes beyond a multiple of 64 a buffer begins. */
  misalignment(buffer: ArrayBuffer): number;

  /** Writes [batch, queries, heads · valueDim] into `out` and [batch, heads, queries] into `logSumExp`. */
  attention(...call: [...call: NativeAttentionArguments, out: Float32Array, logSumExp: Float32Array]): void;

  /** Writes the gradients of attention; `output` and `logSumExp` are what it wrote. */
  attentionGrad(
    ...call: [
      ...call: NativeAttentionArguments,
      output: Float32Array,
      logSumExp: Float32Array,
      dOutput: Float32Array,
      dQuery: Float32Array,
      dKey: Float32Array,
      dValue: Float32Array,
    ]
  ): void;

  /** Writes 1 (kept) or 0 (cut) into `out`, [fanIn, units]. `count`: weights cut in every column, or columns cut. */
  topKMask(
    kernel: Float32Array,
    fanIn: number,
    units: number,
    granularity: number,
    count: number,
    out: Uint8Array,
  ): void;

  /**
   * Writes the kernel with some of its lowest weights set to +0 into `out`, [fanIn, units], which may be the kernel.
   * `threshold`: round(dropRate · 2^30); `seedLow`, `seedHigh`, `kernelId`, `step`: in [0, 2^32). `thresholds`: empty,
   * or [units] of the last step, replaced by this one's.
   */
  targetedDropout(
    kernel: Float32Array,
    fanIn: number,
    units: number,
    granularity: number,
    coin: number,
    count: number,
    threshold: number,
    seedLow: number,
    seedHigh: number,
    kernelId: number,
    step: number,
    rescale: boolean,
    scale: number,
    thresholds: Int32Array,
    out: Float32Array,
  ): void;

  /** targetedDropout of several kernels; all but the entries' own arguments are the same for all. */
  targetedDropoutAll(
    kernels: readonly NativeDropoutKernel[],
    granularity: number,
    coin: number,
    threshold: number,
    seedLow: number,
    seedHigh: number,
    step: number,
    rescale: boolean,
    scale: number,
  ): void;

  /**
   * Writes 1 (kept) or 0 (cut) into every item's `out`. `globalCount`: entries cut of all items, for the scope global.
   */
  rankMask(
    items: readonly NativeRankItem[],
    scope: number,
    byMagnitude: boolean,
    blockRows: number,
    blockColumns: number,
    globalCount: number,
  ): void;

  /**
   * Writes out[token, unit] = activation(bias[unit] + Σ sparse[unit, channel] · dense[token, channel]). The sparse
   * matrix is [units, channels], or [channels, units] if `transposed`; `dense` and `out` are [tokens, …] or, without
   * tokensOuter, […, tokens]. `bias`: [units] or undefined.
   */
  spmm(...call: [...NativeCsr, transposed: boolean, ...NativeProduct]): void;
  spmmNm(...call: [...NativeNm, transposed: boolean, ...NativeProduct]): void;
  spmmBlock(...call: [...NativeBlocks, transposed: boolean, ...NativeProduct]): void;

  spmmPlan(...matrix: [...NativeCsr, transposed: boolean]): NativePlan;
  spmmPlanNm(...matrix: [...NativeNm, transposed: boolean]): NativePlan;
  spmmPlanBlock(...matrix: [...NativeBlocks, transposed: boolean]): NativePlan;

  /** As spmm, with a plan made before. */
  spmmRun(plan: NativePlan, ...product: NativeProduct): void;

  /** Makes a program (see NetworkPlan) ready to run. `threads`: 0 for the addon's own pool. */
  networkPlan(program: Float64Array, weights: Float32Array, threads: number, execution: number): NativeNetwork;
  /**
   * Layers with weights; those that leave zeros out, of sixteen images and of one; then the number of inputs, height,
   * width and channels of each, and the same of outputs.
   */
  networkInfo(plan: NativeNetwork): number[];
  /** Runs it on `batch` examples: its inputs, then its outputs, each [batch, …]. */
  networkRun(plan: NativeNetwork, batch: number, ...arrays: Float32Array[]): void;
  /** The same on another thread, on copies of the inputs; the outputs are written when it is done. */
  networkRunAsync(plan: NativeNetwork, batch: number, ...arrays: Float32Array[]): Promise<void>;
  /** Frees it as soon as no run is under way; later runs are refused. */
  networkDispose(plan: NativeNetwork): void;

  /** Writes out[p] = Σ rowInput[token, row of p] · columnInput[token, column of p] for the entries p. */
  sddmm(
    rows: number,
    columns: number,
    columnIndices: Int32Array | Uint16Array,
    rowOffsets: Int32Array,
    tokens: number,
    rowInput: Float32Array,
    rowTokensOuter: boolean,
    columnInput: Float32Array,
    columnTokensOuter: boolean,
    out: Float32Array,
  ): void;

  /** The same at every value of the blocks; 0 beyond the matrix's edges. */
  sddmmBlock(
    rows: number,
    columns: number,
    blockRows: number,
    blockColumns: number,
    columnIndices: Int32Array,
    rowOffsets: Int32Array,
    tokens: number,
    rowInput: Float32Array,
    rowTokensOuter: boolean,
    columnInput: Float32Array,
    columnTokensOuter: boolean,
    out: Float32Array,
  ): void;
}
