import { appendFileSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writing } from '@winnow/system/files';
import { checkFunction, checkText } from '../arguments.js';
import { type SummaryValue, startEvent, summaryEvent, versionEvent } from './event.js';
import { tfRecord } from './record.js';

let files = 0;

/**
 * An event file for TensorBoard. Events are buffered until `flush` appends them. A crash can only truncate the last
 * record, which readers skip.
 */
export class EventFile {
  readonly path: string;
  private pending: Uint8Array[] = [];

  /**
   * @param directory created if missing
   * @param now seconds since 1970; for tests
   * @throws WriteError naming the directory if it cannot be made
   */
  constructor(
    directory: string,
    private readonly now: () => number = () => Date.now() / 1000,
  ) {
    checkText('EventFile', 'directory', directory);
    checkFunction('EventFile', 'now', now);
    writing(directory, () => mkdirSync(directory, { recursive: true }));
    const started = String(Math.floor(now())).padStart(10, '0');
    this.path = join(directory, `events.out.tfevents.${started}.${hostname()}.${process.pid}.${files++}`);
    this.add(versionEvent(now()));
  }

  /** Marks a resumed run: TensorBoard discards events from `step` on in earlier files of the directory. */
  restart(step: number): void {
    this.add(startEvent({ wallTime: this.now(), step }));
  }

  /** Adds numbers and histograms by tag. */
  summary(step: number, values: ReadonlyMap<string, SummaryValue>): void {
    this.add(summaryEvent({ wallTime: this.now(), step }, values));
  }

  /** Appends the buffered events to the file. @throws WriteError naming it */
  flush(): void {
    if (this.pending.length === 0) return;
    const events = Buffer.concat(this.pending);
    // Before, so that a part that is on disk already is not written again.
    this.pending = [];
    writing(this.path, () => appendFileSync(this.path, events));
  }

  private add(event: Uint8Array): void {
    this.pending.push(tfRecord(event));
  }
}
