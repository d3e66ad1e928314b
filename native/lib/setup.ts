import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildResult, buildNative } from './builder/build.js';

/** What `@winnow/tensorflow/setup` has for this package, which does not depend on it. */
interface TensorflowSetup {
  setupTensorflow(): Promise<{ directory: string }>;
}

/**
 * Makes the addon ready and, in a project that has @winnow/tensorflow, TensorFlow and the operations for it: all that
 * this package can give there.
 *
 * @param project the folder from which @winnow/tensorflow is looked for
 * @throws {NativeAddonError} as buildNative(), or the error of `@winnow/tensorflow` that its own setup throws
 */
export async function setupNative(
  options: Omit<Parameters<typeof buildNative>[0] & {}, 'tensorflowDirectory'> = {},
  project: string = process.cwd(),
): Promise<BuildResult> {
  const tensorflow = await installedTensorflow(project);
  if (tensorflow === undefined) return buildNative(options);
  const { directory } = await tensorflow.setupTensorflow();
  return buildNative({ ...options, tensorflowDirectory: directory });
}

async function installedTensorflow(project: string): Promise<TensorflowSetup | undefined> {
  let file: string;
  try {
    file = createRequire(join(project, 'package.json')).resolve('@winnow/tensorflow/setup');
  } catch {
    return undefined;
  }
  return (await import(pathToFileURL(file).href)) as TensorflowSetup;
}
