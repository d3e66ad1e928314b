import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** This package's own folder. Sources (`src/`) and compiled files (`dist/`) both lie one level below it. */
export const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/** The command that sets TensorFlow up: the workspace's own in a clone of Winnow, this package's bin elsewhere. */
export function mendingCommand(): string {
  const inWorkspace =
    Boolean(process.env['WINNOW_WORKSPACE']) || existsSync(`${packageRoot}/../../pnpm-workspace.yaml`);
  return inWorkspace ? 'npx -y pnpm@10.34.9 winnow setup' : 'npx winnow-tensorflow setup';
}
