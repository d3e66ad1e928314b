import './load/now.js';
import * as tf from '#tfjs-node';
import { loadedVersion } from './load/load.js';

export { TensorFlowError, type TensorFlowErrorCode } from './errors.js';

/**
 * tfjs-node on a current TensorFlow, loaded when this module is imported. Importing downloads nothing.
 *
 * If TensorFlow is not set up, damaged or of another version, the import throws a TensorFlowError that names the
 * command to run.
 */
export { tf };

/** Version of the TensorFlow loaded in this process, such as `2.21.0`. */
export function tensorflowVersion(): string {
  return loadedVersion(tf);
}
