import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventFile, histogramOf } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

interface Case {
  name: string;
  step: number;
  scalars?: Record<string, number>;
  values?: number[];
  record: string;
}
const golden = JSON.parse(readFileSync(new URL('./golden/events.json', import.meta.url), 'utf8')) as {
  wallTime: number;
  cases: Case[];
};
const directory = temporaryFolder();

/** The bytes of a file that `write` has put events into, after those of its version. */
function written(name: string, write: (file: EventFile) => void): string {
  const file = new EventFile(join(directory, name), () => golden.wallTime);
  file.flush();
  const before = readFileSync(file.path).length;
  write(file);
  file.flush();
  return readFileSync(file.path).subarray(before).toString('hex');
}

const [version, start, ...summaries] = golden.cases as [Case, Case, ...Case[]];

describe('EventFile', () => {
  it("starts like TensorBoard's files, in bytes and in name", () => {
    const file = new EventFile(join(directory, 'version'), () => golden.wallTime);
    file.flush();
    expect(readFileSync(file.path).toString('hex')).toBe(version.record);
    expect(readdirSync(join(directory, 'version'))[0]).toMatch(/^events\.out\.tfevents\.1700000000\./);
  });

  it("marks a resumed run with TensorBoard's bytes", () => {
    expect(written('start', (file) => file.restart(start.step))).toBe(start.record);
  });

  it.each(summaries.map((entry) => [entry.name, entry] as const))("writes TensorBoard's bytes: %s", (name, entry) => {
    const values = entry.scalars
      ? new Map(Object.entries(entry.scalars))
      : new Map([['weights/k', histogramOf(Float32Array.from(entry.values as number[]))]]);
    expect(written(name, (file) => file.summary(entry.step, values))).toBe(entry.record);
  });

  it('appends only what is new', () => {
    const file = new EventFile(join(directory, 'appends'), () => golden.wallTime);
    file.summary(1, new Map([['a', 1]]));
    file.flush();
    const size = readFileSync(file.path).length;
    file.flush();
    expect(readFileSync(file.path).length).toBe(size);
    file.summary(2, new Map([['a', 1]]));
    file.flush();
    expect(readFileSync(file.path).length).toBe(size + 39);
  });
});

describe('histogramOf', () => {
  it('refuses an empty list and values that are not finite', () => {
    expect(() => histogramOf(new Float32Array())).toThrow('histogramOf: there must be at least one value');
    expect(() => histogramOf(Float32Array.of(1, Number.NaN))).toThrow('histogramOf: values must be finite, got NaN');
  });
});
