import { readFileSync, writeFileSync } from 'node:fs';

/** Memory of a process in MiB. */
export interface ProcessMemory {
  /** Currently resident (VmRSS). */
  resident: number;
  /** Peak since the process started or since `forgetPeak` (VmHWM). */
  peak: number;
}

/** Reads the memory use of one of this user's processes. Linux only. */
export function processMemory(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { resident: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}

/** Resets the peak to what is resident now, so that building and compiling do not count. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
