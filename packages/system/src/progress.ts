import { SingleBar } from 'cli-progress';
import { formatDuration, TimeLeft } from './progress/time-left.js';

/** Options of `startProgress`. */
export interface ProgressOptions {
  /** What is being done, such as `Downloading TensorFlow`. */
  readonly title: string;
  /** Amount of work in total. */
  readonly total: number;
  /** Unit of the count: `images`, `steps`; `'%'` shows the share alone. Omit it if `format` shows it. */
  readonly unit?: string;
  /** Amount already done at the start. The time left is estimated from the work after it. */
  readonly start?: number;
  /** Formats a count. Default: a whole number. */
  readonly format?: (value: number) => string;
  /** Formats the measured speed, given in units per second. Default: the speed is not shown. */
  readonly rate?: (perSecond: number) => string;
  /** Output stream. Default: standard error, which keeps standard output free for results. */
  readonly stream?: NodeJS.WriteStream;
}

/** A running progress bar. */
export interface Progress {
  /** Sets the amount done, and a note shown after it (a rate, a loss). The note stays until the next one. */
  update(value: number, note?: string): void;
  /** Adds one to the amount done. */
  increment(note?: string): void;
  /** Ends the bar in its last state. `finalNote`, if given, replaces the time left. Later calls have no effect. */
  stop(finalNote?: string): void;
}

const barWidth = 24;
const plainEveryMs = 10_000;
// Slightly less than a tenth, because 0.3 − 0.2 is in floating point.
const plainEveryFraction = 0.1 - 1e-9;
const plainAtLeastEveryMs = 60_000;

/**
 * Shows the progress of long work and the time left. A terminal gets one line that is updated in place. A log or a pipe
 * gets a plain line whenever ten seconds have passed and another tenth is done, or a minute has passed.
 */
export function startProgress(options: ProgressOptions): Progress {
  const stream = options.stream ?? process.stderr;
  const state = new State(options);
  const view = stream.isTTY ? liveLine(state, stream) : plainLines(state, stream);
  const update = (value: number, note?: string) => {
    if (state.stopped) return;
    state.set(value, note);
    view.draw();
  };
  return {
    update,
    increment: (note) => update(state.value + 1, note),
    stop(finalNote) {
      if (state.stopped) return;
      state.stopped = true;
      if (finalNote !== undefined) state.note = finalNote;
      view.end();
    },
  };
}

interface View {
  draw(): void;
  end(): void;
}

class State {
  value: number;
  note = '';
  stopped = false;
  private readonly time: TimeLeft;
  private readonly format: (value: number) => string;

  constructor(readonly options: ProgressOptions) {
    this.value = options.start ?? 0;
    this.time = new TimeLeft(options.total, this.value, performance.now());
    this.format = options.format ?? ((value) => String(Math.round(value)));
  }

  set(value: number, note?: string): void {
    this.value = value;
    if (note !== undefined) this.note = note;
    this.time.update(value, performance.now());
  }

  get fraction(): number {
    const { total } = this.options;
    return total > 0 ? Math.min(1, Math.max(0, this.value / total)) : 1;
  }

  get percentage(): string {
    return `${Math.floor(100 * this.fraction)} %`;
  }

  /** The text behind the bar. */
  get text(): string {
    return [this.count, ...this.details].join(' · ');
  }

  /** The text of a line without a bar. */
  get plainText(): string {
    return [...new Set([this.percentage, this.count]), ...this.details].join(' · ');
  }

  private get count(): string {
    const { total, unit } = this.options;
    if (unit === '%') return this.percentage;
    return `${this.format(this.value)}/${this.format(total)}${unit ? ` ${unit}` : ''}`;
  }

  /** Speed, note and time left. */
  private get details(): string[] {
    const isOver = this.stopped || this.fraction === 1;
    const left = isOver ? undefined : this.time.secondsLeft(performance.now());
    const speed = isOver ? undefined : this.time.perSecond;
    return [
      speed === undefined ? '' : (this.options.rate?.(speed) ?? ''),
      this.note,
      left === undefined ? '' : `${formatDuration(left)} left`,
    ].filter(Boolean);
  }
}

function liveLine(state: State, stream: NodeJS.WriteStream): View {
  const bar = new SingleBar({
    stream,
    barsize: barWidth,
    format: (_options, _params, _payload) => {
      const done = Math.round(state.fraction * barWidth);
      return `${state.options.title} ${'█'.repeat(done)}${'░'.repeat(barWidth - done)} ${state.text}`;
    },
  });
  bar.start(state.options.total, state.value);
  return {
    draw: () => bar.update(state.value),
    end: () => {
      bar.update(state.value);
      bar.stop();
    },
  };
}

function plainLines(state: State, stream: NodeJS.WriteStream): View {
  let lastTime = performance.now();
  let lastFraction = state.fraction;
  let lastLine = '';
  const write = () => {
    const line = `${state.options.title}: ${state.plainText}\n`;
    // The last update and the end often give the same line.
    if (line !== lastLine) stream.write(line);
    lastTime = performance.now();
    lastFraction = state.fraction;
    lastLine = line;
  };
  return {
    draw() {
      const elapsed = performance.now() - lastTime;
      const isFar = elapsed >= plainEveryMs && state.fraction - lastFraction >= plainEveryFraction;
      if (isFar || elapsed >= plainAtLeastEveryMs) write();
    },
    end: write,
  };
}
