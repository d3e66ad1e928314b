/** Compiling the addon and the TensorFlow operations, testing and packing them. Loads nothing. @module */

export {
  type BinaryState,
  type BuildOptions,
  type BuildProgress,
  type BuildResult,
  buildNative,
  isUpToDate,
  type NativeStatus,
  nativeStatus,
} from './build.js';
export { type NativeTestOptions, type NativeTestResult, runNativeTests } from './native-tests.js';
export { removePrebuilds, writePrebuilds } from './prebuilds.js';
