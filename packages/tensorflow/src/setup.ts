import { install } from './install/install.js';
import type { SetupListener } from './install/stages.js';
import { locate, type TensorflowLocation } from './locate.js';
import type { TensorflowBuild } from './release.js';

export { TensorFlowError, type TensorFlowErrorCode } from './errors.js';
export { type Diagnosis, diagnoseTensorflow, type Finding } from './install/diagnose.js';
export type { SetupListener, SetupProgress, SetupStage } from './install/stages.js';
export type { TensorflowLocation } from './locate.js';
export { mendingCommand } from './package-root.js';
export type { TensorflowBuild } from './release.js';

/** How to set TensorFlow up. */
export interface SetupOptions {
  /** By default what WINNOW_TENSORFLOW_BUILD says, else `cpu`. */
  readonly build?: TensorflowBuild;
  /** Draws nothing on standard error. */
  readonly quiet?: boolean;
  /** Called with every step of the work, drawn or not. */
  readonly onProgress?: SetupListener;
}

/**
 * Makes TensorFlow ready: fetches the libraries and headers of its wheel into the cache and compiles tfjs-node's binding
 * against them. Does only what is still missing, and nothing if all is there; can be interrupted at any moment and run
 * again; two processes may run it at once.
 *
 * @throws TensorFlowError for each way it can fail, with the command that mends it.
 */
export function setupTensorflow(options: SetupOptions = {}): Promise<TensorflowLocation> {
  return install(options);
}

/**
 * Finds TensorFlow without changing or loading anything; a few file look-ups.
 *
 * @throws TensorFlowError INVALID_SETTING if WINNOW_TENSORFLOW_BUILD is neither `cpu` nor `cuda`.
 */
export function locateTensorflow(): TensorflowLocation {
  return locate();
}
