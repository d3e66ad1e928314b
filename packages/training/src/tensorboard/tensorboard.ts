import { trainedVariables } from '../train/gradients.js';
import { savedVariables } from '../train/saved-variables.js';
import type { TaskDescription } from '../train/task.js';
import type { EvaluationReport, RunObserver, StepReport } from '../train/task-options.js';
import { EventFile } from './event-file.js';
import { histogramOf } from './histogram.js';
import { sparsities } from './sparsity.js';

/** What goes into event files, and how often. */
export interface TensorBoardOptions {
  /** Where the event files go. */
  directory: string;
  /** Steps between points of loss, learning rate and speed, an integer ≥ 1. Default 10. */
  everySteps?: number;
  /** Evaluations between weight histograms, an integer ≥ 0; 0 for none. Default 1. */
  histogramEvery?: number;
}

/**
 * Writes TensorBoard event files: `train/loss`, `train/learning_rate`, `train/<unit>_per_second` while training; with every
 * evaluation its metrics (`test/accuracy` for `testAccuracy`), the sparsity of every kernel, and histograms of all that is trained.
 * A run that goes on from a checkpoint opens a file of its own that takes over from there.
 */
export class TensorBoard implements RunObserver {
  private readonly directory: string;
  private readonly everySteps: number;
  private readonly histogramEvery: number;
  private file: EventFile | undefined;
  private task: TaskDescription | undefined;
  private pending = { loss: 0, steps: 0, examples: 0, seconds: 0 };
  private evaluations = 0;

  /** @throws RangeError if a number is out of range */
  constructor({ directory, everySteps = 10, histogramEvery = 1 }: TensorBoardOptions) {
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

/** `testAccuracy` → `test/accuracy`, `trainLoss` → `train/epoch_loss`, beside the loss of steps; others stay. */
function tagOf(metric: string): string {
  if (metric === 'trainLoss') return 'train/epoch_loss';
  return metric.replace(/^test([A-Z])/, (_, letter: string) => `test/${letter.toLowerCase()}`);
}
