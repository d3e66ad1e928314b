import type * as tf from '@tensorflow/tfjs';
import type { LayerParts } from '@winnow/ops';

/** What the layers of a model need while it runs once: its weights as this pass uses them, and this step's dropout. */
export interface Pass {
  /** A bias, norm or embedding, as it is. */
  value(path: string): tf.Tensor;
  /** A linear map of `x` with the kernel at `path`, as the weight transform has it. */
  project(path: string, x: tf.Tensor, parts: LayerParts): tf.Tensor;
  /** Drops elements in training, with a mask of this path's own. */
  dropout(x: tf.Tensor, path: string): tf.Tensor;
}
