import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform } from '@winnow/ops';
import { masked } from './masks/masked.js';

const NAME = 'fixed-mask';

/**
 * Keeps cut weights at zero while the others are trained on: for fine-tuning a pruned network and for rewinding it. The
 * weights themselves are zero after each step.
 *
 * @param masks bool or float32 of zeros and ones by the kernels' paths, true = kept; a kernel without one keeps what is
 *   not zero. They are read when the transform is applied to a model.
 */
export function fixedMaskTransform(masks: ReadonlyMap<string, tf.Tensor> = new Map()): WeightTransform {
  return {
    ...masked(NAME),
    name: NAME,
    variables({ path, kernel }) {
      const mask = masks.get(path);
      const initial = tf.tidy(() => tf.cast(mask ?? tf.notEqual(kernel, 0), 'float32'));
      // A cast to the same type is no copy.
      return { mask: { initial: initial === mask ? tf.clone(initial) : initial } };
    },
    // What is left of an optimizer's momentum would move weights that are cut: pruned stays pruned, in the saved model,
    // too.
    afterStep(_step, kernels) {
      for (const { kernel, variables } of kernels.values())
        kernel.assign(tf.mul(kernel, variables['mask'] as tf.Tensor));
    },
    getConfig: () => ({}),
  };
}

registerTransform(NAME, () => fixedMaskTransform());
