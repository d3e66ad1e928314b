import type { TensorFlowErrorCode } from '../errors.js';
import { mendingCommand } from '../package-root.js';

// What to do before the setup can succeed. `advice` appends the setup command.
const first: Partial<Record<TensorFlowErrorCode, string>> = {
  BUILD_FAILED: 'fix the errors in the log',
  CACHE_UNWRITABLE: 'set WINNOW_CACHE to a folder you may write to',
  DISK_SPACE: 'free some space, or set WINNOW_CACHE to a folder on a larger disk',
  INDEX_MISS:
    'point pip to an index that has it (PIP_INDEX_URL), or fetch the wheel elsewhere and set WINNOW_TENSORFLOW_WHEEL',
  NETWORK: 'check the network and the output of `python3 -m pip config list`',
  NO_PIP: 'apt-get install python3-pip (or python3 -m ensurepip --user)',
};

/** How to repair a failed setup. */
export function advice(code: TensorFlowErrorCode): string {
  const before = first[code];
  return before === undefined ? mendingCommand() : `${before}; then ${mendingCommand()}`;
}
