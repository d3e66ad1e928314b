/** What a side's process is asked on standard input and answers on standard output, one JSON object a line. */

import type { Parameters } from './suite.js';

/** An input as a file of raw little-endian numbers. */
export interface InputFile {
  file: string;
  dtype: 'float32' | 'int32';
  shape: readonly number[];
}

export type Request =
  | { kind: 'prepare'; params: Parameters; inputs: Record<string, InputFile>; output: string }
  | { kind: 'time'; calls: number };

export interface Answer {
  /** Of each timed call. */
  seconds?: number[];
  /** Alive after them, where the side counts. */
  tensors?: number;
  error?: string;
}
