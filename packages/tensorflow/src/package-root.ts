import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setupCommand } from '@winnow/system/command';

/** This package's own folder. Sources (`src/`) and compiled files (`dist/`) both lie one level below it. */
export const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/** The command that sets TensorFlow up, here. */
export function mendingCommand(): string {
  return setupCommand(join(packageRoot, 'bin', 'winnow-tensorflow.js'));
}
