import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '@winnow/ops/arguments';

/** What the gradient of a masked kernel is made of. */
export interface StraightThroughOptions {
  /** float32 zeros and ones of the kernel's shape: what gets a gradient. Default: all of it. */
  backward?: tf.Tensor;
  /** float32 of the kernel's shape: how strongly each weight is pulled to zero; pull · w is added to the gradient. */
  pull?: tf.Tensor;
}

/**
 * A kernel with weights masked in the forward pass, whose gradient passes as if another mask had been there.
 *
 * @param forward float32 zeros and ones of the kernel's shape: what the layer sees
 */
export function straightThrough(
  kernel: tf.Tensor,
  forward: tf.Tensor,
  options: StraightThroughOptions = {},
): tf.Tensor {
  checkKeys('straightThrough', 'options', options, ['backward', 'pull']);
  const { backward, pull } = options;
  const op = tf.customGrad((input, save) => {
    const $kernel = input as tf.Tensor;
    // What the backward pass needs must be saved: tensors of the caller's tidy are gone by then.
    const constants = [...(backward ? [backward] : []), ...(pull ? [$kernel, pull] : [])];
    (save as tf.GradSaveFunc)(constants);
    return {
      value: tf.mul($kernel, forward),
      gradFunc: (dy, given) => {
        const saved = [...(given as tf.Tensor[])];
        const passed = backward ? tf.mul(dy as tf.Tensor, saved.shift() as tf.Tensor) : tf.clone(dy as tf.Tensor);
        return pull ? tf.add(passed, tf.mul(saved[0] as tf.Tensor, saved[1] as tf.Tensor)) : passed;
      },
    };
  });
  return op(kernel);
}
