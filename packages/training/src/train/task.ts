import type { AppliedVariable } from '@winnow/models';
import type { Optimizer, WeightTransform } from '@winnow/ops';
import type { tf } from '@winnow/tensorflow';

/** A weight transform applied to a task's model, as returned by `applyTransform`. */
export interface TaskTransform {
  readonly transform: WeightTransform;
  /** The kernels it transforms. */
  readonly kernels: readonly { readonly path: string; readonly variable: tf.Variable }[];
  /** The current step as the transform sees it; set before each step. */
  readonly step: { set(step: number): void };
  /** The method's own variables. They are saved with the task's, and trained if trainable. */
  readonly variables?: readonly AppliedVariable[];
  /** The method's term of this step's loss, if any. */
  penalty?(): tf.Scalar | undefined;
  /** Called after the optimizer's step. */
  afterStep?(optimizer: Optimizer): void;
  /** Whether weight decay applies to a variable; undefined if the method does not decide. */
  isDecayed?(variable: tf.Variable): boolean | undefined;
}

/** The name, size and variables of a task: everything that does not depend on the type of a batch. */
export interface TaskDescription {
  readonly name: string;
  /** The variables to train. */
  readonly trainable: readonly tf.Variable[];
  /** The variables in a checkpoint: trainable ones and others such as BatchNorm statistics. */
  readonly saved: readonly tf.Variable[];
  /**
   * Name of a variable in checkpoints and event files; must be the same in every process. Default: the variable's own
   * name, which tf.layers numbers per process.
   */
  nameOf?(variable: tf.Variable): string;
  /** Batches per epoch. */
  readonly stepsPerEpoch: number;
  /** Examples per batch, used to display the speed. */
  readonly examplesPerStep: number;
  /** Name of an example in the plural: `images`, `sentence pairs`. */
  readonly unit: string;
  /** The applied weight transform, if any. */
  readonly transform?: TaskTransform | undefined;
}

/** What `trainTask` trains: variables, batches and a loss. */
export interface TrainingTask<Batch> extends TaskDescription {
  /** The batches of an epoch, from batch `start` on. Must depend only on the epoch, `start` and the task's seed. */
  batches(epoch: number, start: number): AsyncIterable<Batch>;
  /**
   * The mean loss of a batch. Runs under `tf.variableGrads`; the caller disposes the result.
   *
   * @param step number of the batch in the whole run, from 0; seed randomness with it
   */
  loss(batch: Batch, step: number): tf.Scalar;
  /** Applies constraints on weights. Called after the optimizer's step, and again after the transform's `afterStep`. */
  constrain?(): void;
  disposeBatch(batch: Batch): void;
  /**
   * Metrics by name, such as `{testLoss, testAccuracy}` or `{bleu}`. Must not change variables. May throw once `signal`
   * is aborted.
   */
  evaluate?(signal?: AbortSignal): Promise<Readonly<Record<string, number>>>;
  /** Says in words where the loss of a batch stops being finite: `the output of layer 'stage1_block1_conv1'`. */
  locateNotFinite?(batch: Batch, step: number): string | undefined;
}
