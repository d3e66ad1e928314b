import * as tf from '@tensorflow/tfjs';
import { type Pattern as NativePattern, topKMask } from '@winnow/ops';
import type { Pattern } from '../patterns/pattern.js';

/** Patterns that a native operation ranks |w| by, as `topKMask` calls them. */
function nativeOf({ name }: Pattern): NativePattern | undefined {
  if (name === '2:4') return name;
  if (name === 'column') return 'unstructured';
  const sizes = /^(\d+)x(\d+)$/.exec(name);
  return sizes ? { block: [Number(sizes[1]), Number(sizes[2])] } : undefined;
}

/**
 * The weights of one kernel that a pattern keeps by |w|: bool of the kernel's shape. In one native operation where
 * there is one, since methods ask for it in every step.
 *
 * @param path how messages call the kernel
 * @throws RangeError if the kernel holds NaN
 */
export function keptMagnitudes(kernel: tf.Tensor, pattern: Pattern, sparsity: number, path: string): tf.Tensor {
  const native = nativeOf(pattern);
  if (native !== undefined) return topKMask(kernel, { pattern: native, sparsity, name: path });
  return tf.tidy(() => {
    const chosen = pattern.cut(pattern.collect(tf.abs(kernel)), sparsity);
    return tf.cast(tf.broadcastTo(pattern.spread(chosen, kernel.shape), kernel.shape), 'bool');
  });
}
