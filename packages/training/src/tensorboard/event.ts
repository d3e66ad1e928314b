import type { Histogram } from './histogram.js';
import { Message } from './protobuf.js';

/** A value shown under a tag. */
export type SummaryValue = number | Histogram;

/** Time and step of an event. */
export interface EventTime {
  /** Seconds since 1970. */
  wallTime: number;
  step: number;
}

/** The `tensorflow.Event` that starts every event file: its version. */
export function versionEvent(wallTime: number): Uint8Array {
  return new Message().double(1, wallTime).text(3, 'brain.Event:2').encode();
}

/** A `tensorflow.Event` that marks a restart: TensorBoard discards earlier files' events from this step on. */
export function startEvent({ wallTime, step }: EventTime): Uint8Array {
  const started = 1;
  return new Message().double(1, wallTime).integer(2, step).message(7, new Message().integer(1, started)).encode();
}

/** A `tensorflow.Event` with a `Summary` of values by tag. */
export function summaryEvent({ wallTime, step }: EventTime, values: ReadonlyMap<string, SummaryValue>): Uint8Array {
  const summary = new Message();
  for (const [tag, value] of values) {
    const entry = new Message().text(1, tag);
    summary.message(1, typeof value === 'number' ? entry.float(2, value) : entry.message(5, histogramProto(value)));
  }
  return new Message().double(1, wallTime).integer(2, step).message(5, summary).encode();
}

function histogramProto({ min, max, num, sum, sumSquares, limits, counts }: Histogram): Message {
  return new Message()
    .double(1, min)
    .double(2, max)
    .double(3, num)
    .double(4, sum)
    .double(5, sumSquares)
    .doubles(6, limits)
    .doubles(7, counts);
}
