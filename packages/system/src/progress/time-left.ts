// How fast the past is forgotten: slowly enough not to jump, fast enough to notice a slower network.
const memorySeconds = 15;
// Shorter spans say more about the clock than about the work.
const shortestSpanSeconds = 0.2;

/** Estimates how long work will still take from how fast it went lately. */
export class TimeLeft {
  // Both fade alike, so that the first measurements count no more than the later ones.
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

  /** Takes note that `value` was reached at `now` (milliseconds). */
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

  /** Units per second; undefined before there is anything to measure. */
  get perSecond(): number | undefined {
    return this.done > 0 ? this.done / this.seconds : undefined;
  }

  /** Seconds left; undefined while unknown. */
  secondsLeft(now: number): number | undefined {
    const rate = this.perSecond;
    if (rate === undefined) return undefined;
    return Math.max(0, (this.total - this.value) / rate - (now - this.time) / 1000);
  }
}

/** `8 s`, `3:07 min`, `1:02 h`. */
export function formatDuration(seconds: number): string {
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  const [large, small, unit] =
    rounded < 3600
      ? [Math.floor(rounded / 60), rounded % 60, 'min']
      : [Math.floor(rounded / 3600), Math.floor((rounded % 3600) / 60), 'h'];
  return `${large}:${String(small).padStart(2, '0')} ${unit}`;
}
