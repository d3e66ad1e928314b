import { tf } from '@winnow/tensorflow';
import { trainedVariables } from './gradients.js';
import { savedVariables } from './saved-variables.js';
import type { TaskDescription, TrainingTask } from './task.js';

/** The loss of a step is NaN or infinite. The model still has the weights from before the step. */
export class NotFiniteError extends Error {
  override readonly name = 'NotFiniteError';

  /**
   * @param step the step, from 1
   * @param where the first value that is not finite, in words
   */
  constructor(
    caller: string,
    readonly step: number,
    readonly loss: number,
    readonly where: string | undefined,
  ) {
    const place = where ? `; first non-finite value: ${where}` : '';
    super(`${caller}: the loss is ${loss} at step ${step}${place}; try a lower learning rate or clipNorm`);
  }
}

/** Where a loss stopped being finite: what the task finds, otherwise the first weight that is not finite. */
export function locateNotFinite<Batch>(
  task: TrainingTask<Batch>,
  batches: readonly Batch[],
  firstStep: number,
): string | undefined {
  for (const [i, batch] of batches.entries()) {
    const where = task.locateNotFinite?.(batch, firstStep + i);
    if (where) return where;
  }
  return notFiniteWeight(task);
}

/** The first trained weight that is not finite, in words. */
export function notFiniteWeight(task: TaskDescription): string | undefined {
  const trained = new Set(trainedVariables(task));
  for (const [name, variable] of savedVariables(task)) {
    if (trained.has(variable) && !isFiniteTensor(variable)) return `the weight '${name}'`;
  }
  return undefined;
}

/** Whether all values of a tensor are finite. */
export function isFiniteTensor(tensor: tf.Tensor): boolean {
  return tensor.dtype !== 'float32' || tf.tidy(() => tf.all(tf.isFinite(tensor)).dataSync()[0] !== 0);
}
