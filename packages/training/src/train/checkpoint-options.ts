import { checkKeys } from '@winnow/native/value-checks';
import { checkText } from '../arguments.js';
import { obstacleToCheckpoints } from './checkpoint.js';
import type { CheckpointOptions } from './task-options.js';

/**
 * Checks where checkpoints are to go, before any work that they should keep.
 *
 * @throws TypeError, RangeError naming the option: unknown keys, a directory that is no path, or one that cannot be
 *   written to, with what is in the way
 */
export function checkCheckpointOptions(caller: string, checkpoint: CheckpointOptions | undefined): void {
  if (checkpoint === undefined) return;
  checkKeys(caller, 'checkpoint', checkpoint, ['directory', 'everySteps', 'best']);
  const { directory, best } = checkpoint;
  checkText(caller, 'checkpoint.directory', directory);
  if (best !== undefined) checkKeys(caller, 'checkpoint.best', best, ['metric', 'mode']);
  const obstacle = obstacleToCheckpoints(directory);
  if (obstacle === undefined) return;
  throw new RangeError(
    `${caller}: checkpoint.directory must be a directory that can be written to, got '${directory}': ${obstacle}`,
  );
}
