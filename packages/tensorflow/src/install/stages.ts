/** The stages of a setup, in order. */
export type SetupStage = 'wait' | 'locate' | 'download' | 'verify' | 'extract' | 'compile' | 'check';

/** A progress report of a setup. */
export interface SetupProgress {
  readonly stage: SetupStage;
  /** Bytes; per cent for `compile`; 0 or 1 for the others. */
  readonly done: number;
  readonly total: number;
  /** A message for the user: waiting for another process, resuming a download. */
  readonly message?: string;
}

/** Receives the progress of a setup. */
export type SetupListener = (progress: SetupProgress) => void;
