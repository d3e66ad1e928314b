import { obstacleToDirectory } from '@winnow/system/files';
import { checkOptions, checkText } from '../arguments.js';
import { trainedVariables } from '../train/gradients.js';
import { savedVariables } from '../train/saved-variables.js';
import type { TaskDescription } from '../train/task.js';
import type { EvaluationReport, RunObserver, StepReport } from '../train/task-options.js';
import { EventFile } from './event-file.js';
import { histogramOf } from './histogram.js';
import { sparsities } from './sparsity.js';

/** Options of `TensorBoard`. */
export interface TensorBoardOptions {
  /** Directory of the event files, created if missing. */
  directory: string;
  /** Steps between points of the loss, learning rate and speed curves, an integer ≥ 1. Default 10. */
  everySteps?: number;
  /** Evaluations between weight histograms, an integer ≥ 0. Default 1; 0 writes none. */
  histogramEvery?: number;
}

/**
 * Writes TensorBoard event files. During training: `train/loss`, `train/learning_rate`, `train/<unit>_per_second`.
 * After every evaluation: its metrics (`testAccuracy` as `test/accuracy`), the sparsity of every kernel, and histograms
 * of all trained variables. A resumed run opens a new file, which replaces the events after the checkpoint.
 */
export class TensorBoard implements RunObserver {
  private readonly directory: string;
  private readonly everySteps: number;
  private readonly histogramEvery: number;
  private file: EventFile | undefined;
  private task: TaskDescription | undefined;
  private pending = { loss: 0, steps: 0, examples: 0, seconds: 0 };
  private evaluations = 0;

  /** @throws TypeError or RangeError for a directory that is no string, or an option out of range */
  constructor(options: TensorBoardOptions) {
    checkOptions('TensorBoard', options, ['directory', 'everySteps', 'histogramEvery']);
    const { directory, everySteps = 10, histogramEvery = 1 } = options;
    checkText('TensorBoard', 'directory', directory);
    if (!Number.isInteger(everySteps) || everySteps < 1) {
      throw new RangeError(`TensorBoard: everySteps must be an integer ≥ 1, got ${everySteps}`);
    }
    if (!Number.isInteger(histogramEvery) || histogramEvery < 0) {
      throw new RangeError(`TensorBoard: histogramEvery must be an integer ≥ 0, got ${histogramEvery}`);
    }
    this.directory = directory;
    this.everySteps = everySteps;
    this.histogramEvery = histogramEvery;
  }

  onStart({ task, step }: { task: TaskDescription; step: number }): void {
    const obstacle = obstacleToDirectory(this.directory);
    if (obstacle !== undefined) {
      throw new RangeError(`TensorBoard: directory must be one that can be written to: ${obstacle}`);
    }
    this.task = task;
    this.file = new EventFile(this.directory);
    this.file.restart(step + 1);
  }

  onStep({ step, loss, learningRate, examples, seconds }: StepReport): void {
    const { pending } = this;
    pending.loss += loss();
    pending.steps++;
    pending.examples += examples;
    pending.seconds += seconds;
    if (step % this.everySteps !== 0) return;
    const speed = `train/${this.task?.unit.replaceAll(' ', '_')}_per_second`;
    this.file?.summary(
      step,
      new Map([
        ['train/loss', pending.loss / pending.steps],
        ['train/learning_rate', learningRate],
        [speed, pending.examples / pending.seconds],
      ]),
    );
    this.pending = { loss: 0, steps: 0, examples: 0, seconds: 0 };
  }

  onEvaluation({ step, metrics }: EvaluationReport): void {
    const { file, task } = this;
    if (!file || !task) return;
    file.summary(step, new Map(Object.entries(metrics).map(([name, value]) => [tagOf(name), value])));
    file.summary(step, sparsities(task, step));
    if (this.histogramEvery > 0 && this.evaluations++ % this.histogramEvery === 0) {
      const trained = new Set(trainedVariables(task));
      const weights = [...savedVariables(task)].filter(([, variable]) => trained.has(variable));
      file.summary(
        step,
        new Map(
          weights.map(([name, variable]) => [`weights/${name}`, histogramOf(variable.dataSync() as Float32Array)]),
        ),
      );
    }
    file.flush();
  }

  onCheckpoint(): void {
    this.file?.flush();
  }

  onEnd(): void {
    this.file?.flush();
  }
}

/**
 * `testAccuracy` → `test/accuracy`, `trainLoss` → `train/epoch_loss` (`train/loss` is the loss per step). Other names
 * stay.
 */
function tagOf(metric: string): string {
  if (metric === 'trainLoss') return 'train/epoch_loss';
  return metric.replace(/^test([A-Z])/, (_, letter: string) => `test/${letter.toLowerCase()}`);
}
