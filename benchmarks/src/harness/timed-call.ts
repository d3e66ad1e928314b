import type { Workload } from './suite.js';

/** Seconds of one call. The work between calls is not timed. */
export function timedCall(workload: Workload): number {
  workload.between?.();
  const start = process.hrtime.bigint();
  workload.run();
  return Number(process.hrtime.bigint() - start) / 1e9;
}
