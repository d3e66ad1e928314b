import './load/now.js';
import * as tf from '@tensorflow/tfjs-node-gpu';
import { loadedVersion } from './load/load.js';

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
  return loadedVersion(tf);
}
