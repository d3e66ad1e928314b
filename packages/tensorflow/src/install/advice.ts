import type { TensorFlowErrorCode } from '../errors.js';
import { mendingCommand } from '../package-root.js';

// What has to be done before the setup can succeed; the setup's command follows.
const first: Partial<Record<TensorFlowErrorCode, string>> = {
  BUILD_FAILED: 'mend what the log says',
  CACHE_UNWRITABLE: 'set WINNOW_CACHE to a folder you may write to',
  DISK_SPACE: 'free some space, or set WINNOW_CACHE to a folder on a larger disk',
  INDEX_MISS:
    'point pip to an index that has it (PIP_INDEX_URL), or fetch the wheel elsewhere and set WINNOW_TENSORFLOW_WHEEL',
  NETWORK: 'check the network and what `python3 -m pip config list` says',
  NO_PIP: 'apt-get install python3-pip (or python3 -m ensurepip --user)',
};

/** What mends a failed setup. */
export function advice(code: TensorFlowErrorCode): string {
  const before = first[code];
  return before === undefined ? mendingCommand() : `${before}; then ${mendingCommand()}`;
}
