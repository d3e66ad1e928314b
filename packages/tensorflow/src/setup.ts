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

/** Options of `setupTensorflow`. */
export interface SetupOptions {
  /** Default: WINNOW_TENSORFLOW_BUILD, else `cpu`. */
  readonly build?: TensorflowBuild;
  /** Show no progress on standard error. Default false. */
  readonly quiet?: boolean;
  /** Called at every step, even if `quiet`. */
  readonly onProgress?: SetupListener;
}

/**
 * Sets TensorFlow up: fetches the libraries and headers of its wheel into the cache and compiles tfjs-node's binding
 * against them. Does only what is still missing. It can be interrupted and run again at any time, and two processes may
 * run it at once.
 *
 * @throws TensorFlowError for every kind of failure, with the command that repairs it
 */
export function setupTensorflow(options: SetupOptions = {}): Promise<TensorflowLocation> {
  return install(options);
}

/**
 * Finds TensorFlow with a few file look-ups. Changes and loads nothing.
 *
 * @throws TensorFlowError INVALID_SETTING if WINNOW_TENSORFLOW_BUILD is neither `cpu` nor `cuda`
 */
export function locateTensorflow(): TensorflowLocation {
  return locate();
}
