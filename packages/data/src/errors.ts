/** Why a data set could not be had; see {@link DatasetError}. */
export type DatasetErrorCode =
  /** No data set has this name. */
  | 'unknown-dataset'
  /** Every source failed: the message lists each with its reason. */
  | 'unavailable'
  /** A file is truncated, too long, or not what its name says. */
  | 'broken-file'
  /** A directory does not have the layout that was asked for. */
  | 'wrong-layout'
  /** The images do not fit into memory and streaming was not asked for. */
  | 'too-large'
  /** The package `sharp`, which decodes image files and is installed by those who have some, is not there. */
  | 'no-decoder'
  /** Preparing a batch in the worker thread failed. */
  | 'worker-failed';

/** A data set that cannot be used. The message names the file and, where one exists, the command that mends it. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code: DatasetErrorCode;

  constructor(code: DatasetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
