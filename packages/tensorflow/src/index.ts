import './load/now.js';
import * as tf from '@tensorflow/tfjs-node-gpu';

export { TensorFlowError, type TensorFlowErrorCode } from './errors.js';

/**
 * tfjs-node on current TensorFlow. Loaded when this module is imported; nothing is downloaded then.
 *
 * Importing throws a TensorFlowError, which names the command that mends it, when TensorFlow is not set up, is damaged or
 * has another version.
 */
export { tf };

/** The version of the TensorFlow in this process, such as `2.21.0`. */
export function tensorflowVersion(): string {
  return (tf.backend() as unknown as { binding: { TF_Version: string } }).binding.TF_Version;
}
