import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setupCommand } from '@winnow/system/command';

export const ADDON_FILE = 'winnow.node';
export const TENSORFLOW_OPS_FILE = 'winnow_tensorflow.so';

/** This package: both lib/ and dist/ lie directly below it. */
export const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/** Where a build puts its files. */
export const buildDirectory = join(packageRoot, 'build');
export const releaseDirectory = join(buildDirectory, 'Release');
/** Where a published package carries its files. */
export const prebuildDirectory = join(packageRoot, 'prebuilds', `${process.platform}-${process.arch}`);

/** The folders that may hold the binaries, best first. WINNOW_NATIVE_DIR, if set, is the only one. */
export function binaryDirectories(): string[] {
  const chosen = process.env['WINNOW_NATIVE_DIR'];
  return chosen ? [chosen] : [releaseDirectory, prebuildDirectory];
}

/** Whether this is the workspace and not an installed package. */
export function isWorkspace(): boolean {
  return existsSync(join(packageRoot, '..', 'pnpm-workspace.yaml'));
}

/** The command that brings what is missing, here. */
export function mendingCommand(): string {
  return setupCommand(join(packageRoot, 'bin', 'winnow-native.js'));
}
