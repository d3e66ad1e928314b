// Of the estimate, how much the newest second counts. Slow enough not to jump, fast enough to notice a slower network.
const weightPerSecond = 0.1;

/** Estimates how long work will still take from how fast it went lately. */
export class TimeLeft {
  private rate: number | undefined;
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
    if (value < this.value) this.rate = undefined;
    else if (seconds < 0.2) return;
    else {
      const latest = (value - this.value) / seconds;
      const weight = 1 - (1 - weightPerSecond) ** seconds;
      this.rate = this.rate === undefined ? latest : this.rate + weight * (latest - this.rate);
    }
    this.value = value;
    this.time = now;
  }

  /** Units per second; undefined before there is anything to measure. */
  get perSecond(): number | undefined {
    return this.rate;
  }

  /** Seconds left; undefined while unknown. */
  secondsLeft(now: number): number | undefined {
    if (!this.rate) return undefined;
    return Math.max(0, (this.total - this.value) / this.rate - (now - this.time) / 1000);
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
