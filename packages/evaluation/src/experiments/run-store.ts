import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '@winnow/system/files';
import { z } from 'zod';
import { parseResult, ResultFileError } from '../results/result-file.js';
import { type SweepRun, sweepRun } from '../results/sweep-result.js';
import type { Outputs } from '../runs/outputs.js';
import { checkRunData, type RunData, writeRunData } from '../runs/run-data.js';
import { object } from '../schema/values.js';

const FORMAT = 'winnow-stored/1';
/** Says what the runs are trained on. */
const DATA = 'data.json';
/** What keys of runs make: their files and the folders of their checkpoints. */
const KEPT = /^[0-9a-f]{16}\.(json|checkpoint)$/;

/** What an interrupted experiment has done so far: finished runs as JSON, the current one as a checkpoint. */
export class RunStore {
  constructor(private readonly directory: string) {}

  /** A run's key: equal for equal descriptions of all that decides its result. */
  static key(description: unknown): string {
    return createHash('sha256').update(JSON.stringify(description)).digest('hex').slice(0, 16);
  }

  /** What a store in this directory writes; the names of the rest come from keys. */
  static outputs(directory: string): Outputs {
    return { directories: [directory], files: [join(directory, DATA)] };
  }

  /**
   * Says what all that is kept here was trained on.
   *
   * @throws Error if something here was trained on other data, or does not say on which; names both, and what to do
   */
  claim(data: RunData): void {
    const file = join(this.directory, DATA);
    const isBegun = existsSync(this.directory) && readdirSync(this.directory).some((name) => KEPT.test(name));
    if (isBegun) checkRunData(file, this.directory, data);
    writeRunData(file, data);
  }

  /**
   * The result of a run that was finished before.
   *
   * @throws ResultFileError naming the file if it is broken or not such a result, or was kept under another key
   */
  finished(key: string): SweepRun | undefined {
    return this.read(key, sweepRun) as SweepRun | undefined;
  }

  /** Keeps a finished run; its checkpoint is no longer needed. */
  finish(key: string, run: SweepRun): SweepRun {
    this.write(key, run);
    rmSync(this.checkpointDirectory(key), { recursive: true, force: true });
    return run;
  }

  /**
   * What was found out before under a key, or is now.
   *
   * @throws ResultFileError naming the file if it is broken, does not fit the schema or was kept under another key
   */
  async remember<T>(key: string, schema: z.ZodType<T>, make: () => Promise<T>): Promise<T> {
    const known = this.read(key, schema);
    if (known !== undefined) return known as T;
    const made = await make();
    this.write(key, made);
    return made;
  }

  checkpointDirectory(key: string): string {
    return join(this.directory, `${key}.checkpoint`);
  }

  /** Forgets everything, once the whole result is written. What others have put into the directory stays. */
  clear(): void {
    if (!existsSync(this.directory)) return;
    for (const name of readdirSync(this.directory)) {
      if (name === DATA || KEPT.test(name)) rmSync(join(this.directory, name), { recursive: true, force: true });
    }
    if (readdirSync(this.directory).length === 0) rmdirSync(this.directory);
  }

  /** The key is in the file as well: a file that came under another name is no answer. */
  private read(key: string, schema: z.ZodType): unknown {
    const file = this.file(key);
    if (!existsSync(file)) return undefined;
    const stored = object({
      format: z.literal(FORMAT, `'${FORMAT}'`),
      key: z.literal(key, `'${key}', as in the file's name`),
      value: schema,
    });
    try {
      return (parseResult(readFileSync(file, 'utf8'), file, stored) as { value: unknown }).value;
    } catch (cause) {
      throw new ResultFileError(`${(cause as Error).message}; delete it and run again`, { cause });
    }
  }

  private write(key: string, value: unknown): void {
    writeFileAtomicSync(this.file(key), `${JSON.stringify({ format: FORMAT, key, value })}\n`);
  }

  private file(key: string): string {
    return join(this.directory, `${key}.json`);
  }
}
