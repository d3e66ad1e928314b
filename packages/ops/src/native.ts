/** Node.js: Winnow's TensorFlow operations come from the native addon, loaded at the first use. */

import { loadTensorFlowOps } from '@winnow/native';

let isLoaded = false;

/**
 * Loads the TensorFlow operations into this process, once; later calls cost nothing.
 *
 * @throws NativeAddonError if the addon is missing or does not fit the TensorFlow in the process.
 */
export function loadOperations(): void {
  if (isLoaded) return;
  loadTensorFlowOps();
  isLoaded = true;
}
