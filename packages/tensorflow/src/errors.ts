import { mendingCommand } from './package-root.js';

/** What went wrong, for programs; the message says it for people. */
export type TensorFlowErrorCode =
  | 'BROKEN_INSTALLATION'
  | 'BUILD_FAILED'
  | 'CACHE_UNWRITABLE'
  | 'CHECKSUM'
  | 'DISK_SPACE'
  | 'INDEX_MISS'
  | 'INTERRUPTED'
  | 'INVALID_SETTING'
  | 'NETWORK'
  | 'NO_CMAKE'
  | 'NO_COMPILER'
  | 'NO_PIP'
  | 'NO_PYTHON'
  | 'NOT_INSTALLED'
  | 'WRONG_PLATFORM'
  | 'WRONG_VERSION';

/** TensorFlow cannot be set up or loaded. Says what happened and which command mends it. */
export class TensorFlowError extends Error {
  override readonly name = 'TensorFlowError';

  constructor(
    readonly code: TensorFlowErrorCode,
    /** What happened, without the advice. */
    readonly reason: string,
    /** The command (or, where no single command helps, the advice) that mends it. */
    readonly command: string = mendingCommand(),
    options?: ErrorOptions,
  ) {
    super(`${reason}\n  To mend it: ${command}`, options);
  }
}
