/**
 * The messages between a benchmark and the process of a side: requests on standard input, answers on standard output,
 * one JSON object per line.
 */

import type { Parameters } from './suite.js';

/** An input as a file of little-endian numbers. */
export interface InputFile {
  file: string;
  dtype: 'float32' | 'int32';
  shape: readonly number[];
}

export type Request =
  | { kind: 'prepare'; params: Parameters; inputs: Record<string, InputFile>; output: string }
  | { kind: 'time'; calls: number };

export interface Answer {
  /** Seconds of each timed call. */
  seconds?: number[];
  /** Number of live tensors afterwards, if the side counts them. */
  tensors?: number;
  error?: string;
}
