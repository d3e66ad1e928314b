// Time constant of the moving average: long enough for a steady estimate, short enough to notice a slower network.
const memorySeconds = 15;
// Shorter intervals measure the clock rather than the work.
const shortestSpanSeconds = 0.2;

/** Estimates the remaining time of work from its recent speed. */
export class TimeLeft {
  // Amount and time decay alike, so that the first measurements get no extra weight.
  private done = 0;
  private seconds = 0;
  private value: number;
  private time: number;

  constructor(
    private readonly total: number,
    start: number,
    now: number,
  ) {
    this.value = start;
    this.time = now;
  }

  /** Records that `value` was reached at time `now`, in milliseconds. */
  update(value: number, now: number): void {
    const seconds = (now - this.time) / 1000;
    if (value < this.value) {
      this.done = 0;
      this.seconds = 0;
    } else if (seconds < shortestSpanSeconds) {
      return;
    } else {
      const kept = Math.exp(-seconds / memorySeconds);
      this.done = kept * this.done + (value - this.value);
      this.seconds = kept * this.seconds + seconds;
    }
    this.value = value;
    this.time = now;
  }

  /** Recent speed in units per second; undefined before the first measurement. */
  get perSecond(): number | undefined {
    return this.done > 0 ? this.done / this.seconds : undefined;
  }

  /** Estimated seconds left at time `now`, in milliseconds; undefined before the first measurement. */
  secondsLeft(now: number): number | undefined {
    const rate = this.perSecond;
    if (rate === undefined) return undefined;
    return Math.max(0, (this.total - this.value) / rate - (now - this.time) / 1000);
  }
}

/** Formats seconds as `8 s`, `3:07 min` or `1:02 h`. */
export function formatDuration(seconds: number): string {
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  const [large, small, unit] =
    rounded < 3600
      ? [Math.floor(rounded / 60), rounded % 60, 'min']
      : [Math.floor(rounded / 3600), Math.floor((rounded % 3600) / 60), 'h'];
  return `${large}:${String(small).padStart(2, '0')} ${unit}`;
}
