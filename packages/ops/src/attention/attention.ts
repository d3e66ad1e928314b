import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkInteger, checkKeys } from '../arguments.js';
import { runKernel } from '../run-kernel.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const ATTENTION = 'WinnowAttention';

/** Position of a causal mask's diagonal if the numbers of queries and keys differ. */
export type CausalAlignment = 'upper-left' | 'lower-right';

/** Options of `attention`. */
export interface AttentionOptions {
  /** Number of heads, stored one after the other along the last axis of query, key and value. */
  heads: number;
  /**
   * Whether each query attends only to keys up to its own position. `true` is `'upper-left'`, as PyTorch's `is_causal`:
   * query i attends to keys j ≤ i. `'lower-right'`: j ≤ i + tk − tq, so that the last query attends to the last key;
   * for the newest tokens against a cache of keys. The two are equal if tq = tk. Default false.
   */
  causal?: boolean | CausalAlignment;
  /** bool [b, tk]: false for keys to ignore, such as padding. Ignored keys have no effect, even if they hold NaN. */
  keyMask?: tf.Tensor;
  /** Factor of the products of query and key, finite. Default 1/√dk. */
  scale?: number;
}

/** Attributes of the registered kernel. */
export interface AttentionAttributes {
  heads: number;
  causal: 'none' | CausalAlignment;
  scale: number;
  masked: boolean;
}

/**
 * Multi-head scaled dot-product attention: softmax(scale · QKᵀ) · V per head, without storing the matrix of products.
 * The forward pass processes keys in blocks with an online softmax, and the backward pass recomputes the products, so
 * memory grows with tq + tk rather than tq · tk. Heads are slices of the last axis, so nothing is transposed. A query
 * that attends to no key gives zeros. Differentiable with respect to query, key and value. float32 sums are taken in
 * blocks that depend on the processor: results agree within rounding and do not depend on the number of threads.
 *
 * @param query float32 [b, tq, heads · dk]
 * @param key float32 [b, tk, heads · dk]
 * @param value float32 [b, tk, heads · dv]
 * @returns float32 [b, tq, heads · dv]
 * @throws RangeError for shapes that do not match and options out of range; TypeError for other dtypes
 * @see Vaswani et al., "Attention Is All You Need", arXiv 1706.03762, equation 1; Dao et al., "FlashAttention", arXiv
 *   2205.14135
 */
export function attention(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor, options: AttentionOptions): tf.Tensor3D {
  const op = 'attention';
  checkKeys(op, 'options', options, ['heads', 'causal', 'keyMask', 'scale']);
  const { heads, causal = false, keyMask, scale } = options;
  checkInteger(op, 'heads', heads, 1, 2 ** 31 - 1);
  for (const [name, tensor] of Object.entries({ query, key, value })) checkSide(name, tensor, heads);
  const [batch, , width] = query.shape as [number, number, number];
  const [, keys] = key.shape as [number, number];
  checkShape('key', key, [batch, keys, width]);
  checkShape('value', value, [batch, keys, value.shape[2] as number]);
  if (keyMask !== undefined) {
    if (!(keyMask instanceof tf.Tensor) || keyMask.dtype !== 'bool')
      throw new TypeError(`${op}: keyMask must be a bool tensor`);
    checkShape('keyMask', keyMask, [batch, keys]);
  }
  const attributes: AttentionAttributes = {
    heads,
    causal:
      typeof causal === 'boolean'
        ? causal
          ? 'upper-left'
          : 'none'
        : checkChoice(op, 'causal', causal, ['upper-left', 'lower-right']),
    scale: checkScale(scale ?? (width > 0 ? Math.sqrt(heads / width) : 1)),
    masked: keyMask !== undefined,
  };
  return tf.tidy(() => {
    const inputs = { query, key, value, keyMask: keyMask ?? tf.tensor1d([], 'bool') };
    const outputs = runKernel(ATTENTION, inputs, attributes) as tf.Tensor[];
    return outputs[0] as tf.Tensor3D;
  });
}

function checkSide(name: string, tensor: unknown, heads: number): void {
  if (!(tensor instanceof tf.Tensor) || tensor.dtype !== 'float32') {
    throw new TypeError(`attention: ${name} must be a float32 tensor`);
  }
  if (tensor.rank !== 3 || (tensor.shape[2] as number) % heads !== 0) {
    throw new RangeError(`attention: ${name} must have shape [batch, tokens, ${heads} · dim], got [${tensor.shape}]`);
  }
}

function checkShape(name: string, tensor: tf.Tensor, shape: readonly number[]): void {
  if (tensor.rank === shape.length && shape.every((size, axis) => tensor.shape[axis] === size)) return;
  throw new RangeError(`attention: ${name} must have shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`);
}

function checkScale(scale: unknown): number {
  if (typeof scale !== 'number') throw new TypeError(`attention: scale must be a number, got ${String(scale)}`);
  if (!Number.isFinite(scale)) throw new RangeError(`attention: scale must be finite, got ${scale}`);
  // Rounded to float32, so that all backends use the same value.
  return Math.fround(scale);
}
