import type * as tf from '@tensorflow/tfjs';

/** What the layers of a model need while it runs once: its weights as this pass uses them, and this step's dropout. */
export interface Pass {
  /** A bias, norm or embedding, as it is. */
  value(path: string): tf.Tensor;
  /** A kernel, as the weight transform gives it. */
  kernel(path: string): tf.Tensor;
  /** Drops elements in training, with a mask of this path's own. */
  dropout(x: tf.Tensor, path: string): tf.Tensor;
}
