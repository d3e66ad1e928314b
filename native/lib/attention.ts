import { alignedFloats } from './aligned-floats.js';
import { CAUSAL_CODE } from './binding.js';
import { nativeBinding } from './load.js';
import { checkChoice, checkFinite, checkInteger, checkKeys, productOf } from './value-checks.js';

/** Sizes and options of an attention call. */
export interface AttentionOptions {
  batch: number;
  /** Default 1. */
  heads?: number;
  queries: number;
  keys: number;
  /** Of one head. */
  keyDim: number;
  /** Of one head. Default keyDim. */
  valueDim?: number;
  /**
   * `true` or 'upper-left': query i sees key j ≤ i; 'lower-right': j ≤ i + keys − queries, for the newest tokens
   * against a cache of keys. Default false.
   */
  causal?: boolean | 'upper-left' | 'lower-right';
  /** [batch, keys]; 0 for a key that no query sees. */
  keyMask?: Uint8Array;
  /** What the products are multiplied by. Default 1/√keyDim. */
  scale?: number;
}

const KEYS = ['batch', 'heads', 'queries', 'keys', 'keyDim', 'valueDim', 'causal', 'keyMask', 'scale'];

/** What `attention` gives. */
export interface AttentionResult {
  /** [batch, queries, heads · valueDim]. */
  output: Float32Array;
  /** [batch, heads, queries]; the log of every row's sum, which the gradient needs; −∞ where no key is seen. */
  logSumExp: Float32Array;
}

/** Gradients, of the shapes of query, key and value. */
export interface AttentionGradients {
  dQuery: Float32Array;
  dKey: Float32Array;
  dValue: Float32Array;
}

/**
 * Attention of several heads, softmax(scale · QKᵀ) · V each, without storing the matrix of products. A query that sees
 * no key gives zeros. Results do not depend on the number of threads.
 * @param query [batch, queries, heads · keyDim]
 * @param key [batch, keys, heads · keyDim]
 * @param value [batch, keys, heads · valueDim]
 * @param out What to write to instead of new arrays; must not overlap an input.
 * @throws {TypeError | RangeError} for a bad argument.
 */
export function attention(
  query: Float32Array,
  key: Float32Array,
  value: Float32Array,
  options: AttentionOptions,
  out?: AttentionResult,
): AttentionResult {
  const call = readOptions('attention', query, key, value, options);
  const { batch, heads, queries, valueDim } = call;
  const result = out ?? {
    output: alignedFloats(productOf('attention', 'the size of the output', batch, queries, heads, valueDim)),
    logSumExp: alignedFloats(productOf('attention', 'the size of logSumExp', batch, heads, queries)),
  };
  nativeBinding().attention(...call.arguments, result.output, result.logSumExp);
  return result;
}

/**
 * The gradients of `attention`, which computes the products again.
 * @param forward What `attention` gave for the same arguments.
 * @param dOutput The incoming gradient, [batch, queries, heads · valueDim].
 * @throws {TypeError | RangeError} for a bad argument.
 */
export function attentionGrad(
  query: Float32Array,
  key: Float32Array,
  value: Float32Array,
  options: AttentionOptions,
  forward: AttentionResult,
  dOutput: Float32Array,
  out?: AttentionGradients,
): AttentionGradients {
  const call = readOptions('attentionGrad', query, key, value, options);
  const result = out ?? {
    dQuery: alignedFloats(query.length),
    dKey: alignedFloats(key.length),
    dValue: alignedFloats(value.length),
  };
  nativeBinding().attentionGrad(
    ...call.arguments,
    forward.output,
    forward.logSumExp,
    dOutput,
    result.dQuery,
    result.dKey,
    result.dValue,
  );
  return result;
}

const NO_MASK = new Uint8Array(0);

function readOptions(
  op: string,
  query: Float32Array,
  key: Float32Array,
  value: Float32Array,
  options: AttentionOptions,
) {
  checkKeys(op, 'options', options, KEYS);
  const { batch, heads = 1, queries, keys, keyDim, valueDim = keyDim, causal = false, keyMask } = options;
  // The addon compares their products with the arrays' lengths.
  for (const [name, size] of Object.entries({ batch, heads, queries, keys, keyDim, valueDim })) {
    checkInteger(op, name, size, name === 'heads' ? 1 : 0, 2 ** 24);
  }
  const alignment = typeof causal === 'boolean' ? (causal ? 'upper-left' : 'none') : causal;
  checkChoice(op, 'causal', alignment, ['none', 'upper-left', 'lower-right']);
  const scale = options.scale ?? (keyDim > 0 ? 1 / Math.sqrt(keyDim) : 1);
  checkFinite(op, 'scale', scale);
  const mask = keyMask ?? NO_MASK;
  const masked = keyMask !== undefined;
  return {
    batch,
    heads,
    queries,
    valueDim,
    arguments: [
      batch,
      heads,
      queries,
      keys,
      keyDim,
      valueDim,
      query,
      key,
      value,
      masked,
      mask,
      CAUSAL_CODE[alignment],
      scale,
    ] as const,
  };
}
