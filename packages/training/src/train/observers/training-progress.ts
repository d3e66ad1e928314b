import { type Progress, startProgress } from '@winnow/system/progress';
import { checkOptions, checkText } from '../../arguments.js';
import type { TaskDescription } from '../task.js';
import type { EvaluationReport, RunObserver, StepReport } from '../task-options.js';

/** Steps between updates of the displayed loss. */
const NOTE_STEPS = 10;
/** How much of the shown mean loss each step replaces. */
const SHARE = 0.05;

/** Options of `TrainingProgress`. */
export interface TrainingProgressOptions {
  /** What is being trained. */
  title: string;
  /** Output stream. Default: standard error. */
  stream?: NodeJS.WriteStream;
}

/**
 * A progress bar with speed, loss, last metrics and time left. Without a terminal it prints plain lines, and one line
 * per evaluation.
 */
export class TrainingProgress implements RunObserver {
  private readonly title: string;
  private readonly stream: NodeJS.WriteStream;
  private bar: Progress | undefined;
  private unit = 'examples';
  private examplesPerStep = 1;
  private done = 0;
  /** Each weighs (1 − SHARE) times as much as the one after it. */
  private readonly losses = { sum: 0, weight: 0 };
  private metrics = '';

  /** @throws TypeError or RangeError for a title that is no string, or an option that does not exist */
  constructor(options: TrainingProgressOptions) {
    checkOptions('TrainingProgress', options, ['title', 'stream']);
    const { title, stream = process.stderr } = options;
    checkText('TrainingProgress', 'title', title);
    this.title = title;
    this.stream = stream;
  }

  onStart({ task, step, totalSteps }: { task: TaskDescription; step: number; totalSteps: number }): void {
    this.unit = task.unit;
    this.done = step;
    if (step > 0 && step < totalSteps)
      this.stream.write(`${this.title}: resuming after step ${step} of ${totalSteps}\n`);
  }

  onStep({ step, totalSteps, loss, examples }: StepReport): void {
    this.examplesPerStep = examples;
    this.bar ??= startProgress({
      title: this.title,
      total: totalSteps,
      start: this.done,
      unit: 'steps',
      rate: (steps) => `${Math.round(steps * this.examplesPerStep)} ${this.unit}/s`,
      stream: this.stream,
    });
    this.done = step;
    this.losses.sum = (1 - SHARE) * this.losses.sum + SHARE * loss();
    this.losses.weight = (1 - SHARE) * this.losses.weight + SHARE;
    this.bar.update(step, step % NOTE_STEPS === 0 ? this.note : undefined);
  }

  onEvaluate(): void {
    this.bar?.update(this.done, `${this.note} · evaluating`);
  }

  onEvaluation({ epoch, metrics }: EvaluationReport): void {
    this.metrics = Object.entries(metrics)
      .filter(([name]) => name !== 'trainLoss')
      .map(([name, value]) => `${words(name)} ${shown(name, value)}`)
      .join(' · ');
    this.bar?.update(this.done, this.note);
    if (this.stream.isTTY || this.metrics === '') return;
    const loss = metrics['trainLoss']?.toFixed(3);
    this.stream.write(`${this.title}: epoch ${Number(epoch.toFixed(2))} · train loss ${loss} · ${this.metrics}\n`);
  }

  onEnd(): void {
    this.bar?.stop(this.note);
  }

  private get note(): string {
    const { sum, weight } = this.losses;
    // Divided by the weights, as in Adam, the mean does not lean to the first losses.
    const loss = weight === 0 ? '' : `loss ${(sum / weight).toFixed(3)}`;
    return [loss, this.metrics].filter(Boolean).join(' · ');
  }
}

/** `testAccuracy` → `test accuracy` */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function shown(name: string, value: number): string {
  return /accuracy$/i.test(name) ? `${(100 * value).toFixed(1)} %` : value.toFixed(3);
}
