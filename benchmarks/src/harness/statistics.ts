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

/** What a fraction in [0, 1] of the values, of which there is at least one, lies below. */
export function quantiles(values: readonly number[]): (fraction: number) => number {
  const sorted = [...values].sort((a, b) => a - b);
  return (fraction) => sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] as number;
}

/** @param seconds not empty */
export function summarise(seconds: readonly number[], threads: number): Timing {
  const at = quantiles(seconds);
  const median = at(0.5);
  return {
    minimum: at(0),
    median,
    spread: (at(0.75) - at(0.25)) / 2 / median,
    threads,
    calls: seconds.length,
  };
}

/** Of one side's thread counts the one with the lowest minimum. */
export function best(timings: readonly Timing[]): Timing {
  return timings.reduce((a, b) => (b.minimum < a.minimum ? b : a));
}
