/** Minimum, median and spread of many timings of one side, in seconds. */
export interface Timing {
  minimum: number;
  median: number;
  /** Half the distance between the quartiles, as a part of the median. */
  spread: number;
  threads: number;
  calls: number;
  /** The most memory of the side's process while it was timed, MiB; of all its cases so far. */
  peakMemory?: number;
}

/** @param seconds not empty */
export function summarise(seconds: readonly number[], threads: number): Timing {
  const sorted = [...seconds].sort((a, b) => a - b);
  const at = (fraction: number) => sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] as number;
  const median = at(0.5);
  return {
    minimum: sorted[0] as number,
    median,
    spread: (at(0.75) - at(0.25)) / 2 / median,
    threads,
    calls: sorted.length,
  };
}

/** Of one side's thread counts the one with the lowest minimum. */
export function best(timings: readonly Timing[]): Timing {
  return timings.reduce((a, b) => (b.minimum < a.minimum ? b : a));
}
