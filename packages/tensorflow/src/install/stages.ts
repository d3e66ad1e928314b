/** The parts of a setup, in their order. */
export type SetupStage = 'wait' | 'locate' | 'download' | 'verify' | 'extract' | 'compile' | 'check';

/** What a setup tells its caller while it works. */
export interface SetupProgress {
  readonly stage: SetupStage;
  /** Bytes; per cent for `compile`; 0 and 1 for the others. */
  readonly done: number;
  readonly total: number;
  /** Something a person should read: that it waits for another process, that a download is resumed. */
  readonly message?: string;
}

/** Receives the progress of a setup. */
export type SetupListener = (progress: SetupProgress) => void;
