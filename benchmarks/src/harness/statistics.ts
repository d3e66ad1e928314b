/** Statistics of the timings of one side, in seconds. */
export interface Timing {
  minimum: number;
  median: number;
  /** Half the interquartile range, as a fraction of the median. */
  spread: number;
  threads: number;
  calls: number;
  /** Peak memory of the side's process during timing in MiB, over all of its cases so far. */
  peakMemory?: number;
}

/** Returns the quantile function of the values, which must not be empty. Its argument is a fraction in [0, 1]. */
export function quantiles(values: readonly number[]): (fraction: number) => number {
  const sorted = [...values].sort((a, b) => a - b);
  return (fraction) => sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] as number;
}

/**
 * Minimum, median and spread of timings.
 *
 * @param seconds not empty
 */
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

/** Of one side's timings with different numbers of threads, the one with the lowest minimum. */
export function best(timings: readonly Timing[]): Timing {
  return timings.reduce((a, b) => (b.minimum < a.minimum ? b : a));
}
