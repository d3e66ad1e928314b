/** The Node.js build: loads Winnow's TensorFlow operations from the native addon on first use. */

import { loadTensorFlowOps } from '@winnow/native';

let isLoaded = false;

/**
 * Loads the TensorFlow operations into this process. Only the first call does anything.
 *
 * @throws NativeAddonError if the addon is missing or does not match the TensorFlow in this process
 */
export function loadOperations(): void {
  if (isLoaded) return;
  loadTensorFlowOps();
  isLoaded = true;
}
