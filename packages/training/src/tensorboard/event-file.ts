import { appendFileSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type SummaryValue, startEvent, summaryEvent, versionEvent } from './event.js';
import { tfRecord } from './record.js';

let files = 0;

/**
 * An event file for TensorBoard. Events are kept until `flush` appends them; a reader takes what is there, and a record that was cut off
 * by a fault is the last of its file.
 */
export class EventFile {
  readonly path: string;
  private pending: Uint8Array[] = [];

  /**
   * @param directory is made if it is not there
   * @param now seconds since 1970; for tests
   */
  constructor(
    directory: string,
    private readonly now: () => number = () => Date.now() / 1000,
  ) {
    mkdirSync(directory, { recursive: true });
    const started = String(Math.floor(now())).padStart(10, '0');
    this.path = join(directory, `events.out.tfevents.${started}.${hostname()}.${process.pid}.${files++}`);
    this.add(versionEvent(now()));
  }

  /** Says that a run goes on from a step: what earlier files of the directory have from `step` on did not count. */
  restart(step: number): void {
    this.add(startEvent({ wallTime: this.now(), step }));
  }

  /** Numbers and histograms by tag. */
  summary(step: number, values: ReadonlyMap<string, SummaryValue>): void {
    this.add(summaryEvent({ wallTime: this.now(), step }, values));
  }

  /** Appends what there is to the file. */
  flush(): void {
    if (this.pending.length === 0) return;
    appendFileSync(this.path, Buffer.concat(this.pending));
    this.pending = [];
  }

  private add(event: Uint8Array): void {
    this.pending.push(tfRecord(event));
  }
}
