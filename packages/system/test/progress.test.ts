import { PassThrough } from 'node:stream';
import { startProgress } from '@winnow/system/progress';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { formatDuration, TimeLeft } from '../src/progress/time-left.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function makeStream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100 }) as unknown as NodeJS.WriteStream;
  let text = '';
  stream.on('data', (data) => {
    text += data;
  });
  return { stream, text: () => text };
}

describe('without a terminal', () => {
  test('a line after ten seconds and a tenth of the work; the final state; nothing after it', () => {
    const { stream, text } = makeStream(false);
    const progress = startProgress({ title: 'Training', total: 100, unit: 'steps', stream });
    for (let i = 0; i < 50; i++) {
      vi.advanceTimersByTime(1000);
      progress.increment(`loss ${i}`);
    }
    progress.stop('stopped early');
    progress.update(99);
    progress.stop();
    expect(text().split('\n')).toEqual([
      'Training: 10 % · 10/100 steps · loss 9 · 1:30 min left',
      'Training: 20 % · 20/100 steps · loss 19 · 1:20 min left',
      'Training: 30 % · 30/100 steps · loss 29 · 1:10 min left',
      'Training: 40 % · 40/100 steps · loss 39 · 1:00 min left',
      'Training: 50 % · 50/100 steps · loss 49 · 50 s left',
      'Training: 50 % · 50/100 steps · stopped early',
      '',
    ]);
  });

  test('work that is counted in percent says so once', () => {
    const { stream, text } = makeStream(false);
    const progress = startProgress({ title: 'Compiling', total: 100, unit: '%', stream });
    for (let i = 1; i <= 70; i++) {
      vi.advanceTimersByTime(1000);
      progress.update(i / 2);
    }
    progress.stop();
    expect(text().split('\n')).toEqual([
      'Compiling: 10 % · 3:00 min left',
      'Compiling: 20 % · 2:40 min left',
      'Compiling: 30 % · 2:20 min left',
      'Compiling: 35 %',
      '',
    ]);
  });

  test('slow work writes a line every minute', () => {
    const { stream, text } = makeStream(false);
    const progress = startProgress({ title: 'Long', total: 10_000, stream });
    for (let i = 1; i <= 125; i++) {
      vi.advanceTimersByTime(1000);
      progress.update(i);
    }
    expect(text().split('\n')).toEqual([
      'Long: 0 % · 60/10000 · 2:45 h left',
      'Long: 1 % · 120/10000 · 2:44 h left',
      '',
    ]);
  });

  test('short work writes one line, with the given rate and format', () => {
    const { stream, text } = makeStream(false);
    const progress = startProgress({
      title: 'Reading',
      total: 2048,
      start: 1024,
      format: (value) => String(value / 1024),
      unit: 'KiB',
      rate: (perSecond) => `${perSecond} B/s`,
      stream,
    });
    vi.advanceTimersByTime(11_000);
    progress.update(1024 + 512);
    progress.update(2048);
    progress.stop();
    expect(text()).toMatch(/^Reading: 75 % · 1.5\/2 KiB · 46.5\d* B\/s · 11 s left\nReading: 100 % · 2\/2 KiB\n$/);
  });

  test('no work at all is done', () => {
    const { stream, text } = makeStream(false);
    startProgress({ title: 'Nothing', total: 0, stream }).stop();
    expect(text()).toBe('Nothing: 100 % · 0/0\n');
  });
});

test('a terminal gets one line that is updated, with a bar', () => {
  const { stream, text } = makeStream(true);
  Object.assign(stream, { clearLine() {}, cursorTo() {}, moveCursor() {} });
  const progress = startProgress({ title: 'Training', total: 4, unit: 'epochs', stream });
  for (let i = 0; i < 3; i++) {
    vi.advanceTimersByTime(1000);
    progress.increment();
  }
  expect(text()).toContain('Training ██████████████████░░░░░░ 3/4 epochs · 1 s left');
  expect(text()).not.toContain('\n');
  progress.stop('done');
  expect(text()).toContain('3/4 epochs · done');
});

describe('time left', () => {
  test('follows a change of speed, and is unknown before the first measurement', () => {
    const time = new TimeLeft(1000, 0, 0);
    expect(time.secondsLeft(0)).toBeUndefined();
    for (let s = 1; s <= 10; s++) time.update(10 * s, 1000 * s);
    expect(time.secondsLeft(10_000)).toBeCloseTo(90);
    for (let s = 11; s <= 60; s++) time.update(100 + 5 * (s - 10), 1000 * s);
    expect(time.secondsLeft(60_000)).toBeGreaterThan(125);
    expect(time.secondsLeft(60_000)).toBeLessThan(140);
  });

  test.each([
    [8.4, '8 s'],
    [59.7, '1:00 min'],
    [187, '3:07 min'],
    [3599.6, '1:00 h'],
    [3725, '1:02 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
