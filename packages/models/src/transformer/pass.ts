import type * as tf from '@tensorflow/tfjs';
import type { LayerParts } from '@winnow/ops';

/** What layers need while the model runs once: the weights of this pass and the dropout of this step. */
export interface Pass {
  /** A bias, norm parameter or embedding, untransformed. */
  value(path: string): tf.Tensor;
  /** Multiplies `x` by the kernel at `path`, as the weight transform provides it. */
  project(path: string, x: tf.Tensor, parts: LayerParts): tf.Tensor;
  /** Dropout in training, with a separate mask per path. */
  dropout(x: tf.Tensor, path: string): tf.Tensor;
}
