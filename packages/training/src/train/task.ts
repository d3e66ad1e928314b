import type { AppliedVariable } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import type { tf } from '@winnow/tensorflow';

/** A weight transform at work in a task's model; what `applyTransform` returns is one. */
export interface TaskTransform {
  readonly transform: WeightTransform;
  /** The kernels it transforms. */
  readonly kernels: readonly { readonly path: string; readonly variable: tf.Variable }[];
  /** The step that it sees; set before each step. */
  readonly step: { set(step: number): void };
  /** The method's own variables: saved with the task's, and trained where they are trainable. */
  readonly variables?: readonly AppliedVariable[];
  /** The method's term for the loss of this step, if it has one. */
  penalty?(): tf.Scalar | undefined;
  /** Called after the optimizer's step. */
  afterStep?(): void;
  /** Whether weight decay acts on a variable; undefined where the method has no say. */
  isDecayed?(variable: tf.Variable): boolean | undefined;
}

/** What a task is called, its size and its variables: all of it that does not depend on what a batch is. */
export interface TaskDescription {
  readonly name: string;
  /** The variables that training moves. */
  readonly trainable: readonly tf.Variable[];
  /** All that a checkpoint holds: trainable variables and, say, BatchNorm's statistics. */
  readonly saved: readonly tf.Variable[];
  /**
   * The name of a variable in checkpoints and event files, the same in every process. Default: the variable's own name, which
   * tf.layers numbers per process.
   */
  nameOf?(variable: tf.Variable): string;
  /** Batches of an epoch. */
  readonly stepsPerEpoch: number;
  /** Examples of a batch, for the speed shown. */
  readonly examplesPerStep: number;
  /** What examples are called: `images`, `sentence pairs`. */
  readonly unit: string;
  /** The applied weight transform, if any. */
  readonly transform?: TaskTransform | undefined;
}

/** What `trainTask` trains: variables, batches and a loss. */
export interface TrainingTask<Batch> extends TaskDescription {
  /** The batches of an epoch from batch `start` on: a function of epoch and start (and the task's seed) alone. */
  batches(epoch: number, start: number): AsyncIterable<Batch>;
  /**
   * The mean loss of a batch; runs under `tf.variableGrads`, the caller disposes.
   *
   * @param step number of the batch in the whole run, from 0: what randomness may depend on
   */
  loss(batch: Batch, step: number): tf.Scalar;
  disposeBatch(batch: Batch): void;
  /** Metrics by name, such as `{testLoss, testAccuracy}` or `{bleu}`. Changes no variable. May throw when `signal` is aborted. */
  evaluate?(signal?: AbortSignal): Promise<Readonly<Record<string, number>>>;
  /** Where the loss of a batch stops being finite, in words: `the output of layer 'stage1_block1_conv1'`. */
  locateNotFinite?(batch: Batch, step: number): string | undefined;
}
