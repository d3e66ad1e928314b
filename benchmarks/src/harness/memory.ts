import { readFileSync, writeFileSync } from 'node:fs';

/** Memory of a process in MiB. */
export interface ProcessMemory {
  /** Resident now (VmRSS). */
  resident: number;
  /** The most since the process began or `forgetPeak` (VmHWM). */
  peak: number;
}

/** Reads the memory of a process of this user. Linux only. */
export function processMemory(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { resident: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}

/** Lets the peak begin anew at what is resident now, so that building and compiling do not count as the step's. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
