import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '@winnow/system/files';
import type { SweepRun } from '../results/sweep-result.js';

/** What an interrupted experiment has done so far: finished runs as JSON, the current one as a checkpoint. */
export class RunStore {
  constructor(private readonly directory: string) {}

  /** A run's key: equal for equal descriptions of all that decides its result. */
  static key(description: unknown): string {
    return createHash('sha256').update(JSON.stringify(description)).digest('hex').slice(0, 16);
  }

  /**
   * The result of a run that was finished before.
   *
   * @throws Error naming the file if it is broken
   */
  finished(key: string): SweepRun | undefined {
    const file = this.file(key);
    return existsSync(file) ? (this.read(file) as SweepRun) : undefined;
  }

  /** Keeps a finished run; its checkpoint is no longer needed. */
  finish(key: string, run: SweepRun): SweepRun {
    mkdirSync(this.directory, { recursive: true });
    writeFileAtomicSync(this.file(key), `${JSON.stringify(run)}\n`);
    rmSync(this.checkpointDirectory(key), { recursive: true, force: true });
    return run;
  }

  /** What was found out before under a key, or is now. @throws Error naming the file if it is broken */
  async remember<T>(key: string, make: () => Promise<T>): Promise<T> {
    const file = this.file(key);
    if (existsSync(file)) return this.read(file) as T;
    const made = await make();
    mkdirSync(this.directory, { recursive: true });
    writeFileAtomicSync(file, `${JSON.stringify(made)}\n`);
    return made;
  }

  checkpointDirectory(key: string): string {
    return join(this.directory, `${key}.checkpoint`);
  }

  /** Forgets everything, once the whole result is written. */
  clear(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private read(file: string): unknown {
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch (cause) {
      throw new Error(`${file} is not a whole JSON file; delete it and run again`, { cause });
    }
  }

  private file(key: string): string {
    return join(this.directory, `${key}.json`);
  }
}
