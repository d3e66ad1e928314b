/** Node.js: Winnow's TensorFlow operations come from the native addon, loaded at the first use. */

import { loadTensorFlowOps } from '@winnow/native';

/**
 * Loads the TensorFlow operations into this process, once.
 *
 * @throws NativeAddonError if the addon is missing or does not fit the TensorFlow in the process.
 */
export function loadOperations(): void {
  loadTensorFlowOps();
}
