import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CONTRACT_VERSION, type InstructionSets, type NativeBinding } from './binding.js';
import { NativeAddonError } from './errors.js';
import { ADDON_FILE, binaryDirectories, mendingCommand, TENSORFLOW_OPS_FILE } from './paths.js';

let loaded: NativeBinding | undefined;

/**
 * The addon, loaded on first use: importing this package needs no built addon.
 * @throws {NativeAddonError} ADDON_MISSING, ADDON_UNLOADABLE or ADDON_OUTDATED.
 */
export function nativeBinding(): NativeBinding {
  loaded ??= load();
  return loaded;
}

function load(): NativeBinding {
  const require = createRequire(import.meta.url);
  const tried: string[] = [];
  let code: 'ADDON_MISSING' | 'ADDON_UNLOADABLE' | 'ADDON_OUTDATED' = 'ADDON_MISSING';
  let cause: unknown;
  for (const directory of binaryDirectories()) {
    const path = join(directory, ADDON_FILE);
    if (!existsSync(path)) {
      tried.push(`${path}: no such file`);
      continue;
    }
    try {
      const binding = require(path) as NativeBinding;
      if (binding.contractVersion === CONTRACT_VERSION) return binding;
      code = 'ADDON_OUTDATED';
      tried.push(`${path}: has contract version ${binding.contractVersion}, ${CONTRACT_VERSION} is needed`);
    } catch (error) {
      code = 'ADDON_UNLOADABLE';
      cause = error;
      tried.push(`${path}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const what = {
    ADDON_MISSING: 'is not built',
    ADDON_UNLOADABLE: 'does not load',
    ADDON_OUTDATED: 'is from another version',
  }[code];
  throw new NativeAddonError(code, `Winnow's native addon ${what}.`, { tried, command: mendingCommand(), cause });
}

/** The ops compiled into the addon, by their names in C++ ("topk_mask"), sorted. */
export function operations(): string[] {
  return nativeBinding().operations();
}

/**
 * The instruction sets of the kernels.
 * @throws {Error} if WINNOW_ISA names one that is unknown or unsupported.
 */
export function instructionSets(): InstructionSets {
  return nativeBinding().instructionSets();
}

/** The file loadTensorFlowOps() would load, or undefined. */
export function findTensorFlowOps(): string | undefined {
  return binaryDirectories()
    .map((directory) => join(directory, TENSORFLOW_OPS_FILE))
    .find((path) => existsSync(path));
}

/**
 * Registers the custom operations with the TensorFlow in this process. Call it after tfjs-node is loaded; once is
 * enough for all threads, and further calls do nothing.
 * @returns whether this call did it.
 * @throws {NativeAddonError} TENSORFLOW_OPS_MISSING or TENSORFLOW_OPS_UNLOADABLE, or as nativeBinding().
 */
export function loadTensorFlowOps(): boolean {
  const binding = nativeBinding();
  const path = findTensorFlowOps();
  if (path === undefined) {
    const tried = binaryDirectories().map((directory) => `${join(directory, TENSORFLOW_OPS_FILE)}: no such file`);
    throw new NativeAddonError('TENSORFLOW_OPS_MISSING', "Winnow's TensorFlow operations are not built.", {
      tried,
      command: mendingCommand(),
    });
  }
  try {
    return binding.loadTensorFlowOps(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = reason.includes('libtensorflow_framework')
      ? 'TensorFlow must be loaded before: import @winnow/tensorflow (or tfjs-node) first'
      : "is it another TensorFlow than @winnow/tensorflow's, such as tfjs-node's own? " +
        'Import tf from @winnow/tensorflow instead';
    throw new NativeAddonError('TENSORFLOW_OPS_UNLOADABLE', `Winnow's TensorFlow operations do not load; ${hint}.`, {
      tried: [`${path}: ${reason}`],
      command: mendingCommand(),
      cause: error,
    });
  }
}
