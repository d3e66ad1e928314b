import { tf } from '@winnow/tensorflow';
import type { TaskDescription, TrainingTask } from './task.js';

/** The mean loss of some batches and its gradients; the caller disposes the gradients. */
export interface Gradients {
  loss: number;
  /** The variables that the loss depends on, and the gradient of each. */
  variables: tf.Variable[];
  gradients: tf.Tensor[];
}

/** Every variable that training moves: the task's, and the trainable ones of its transform. */
export function trainedVariables(task: TaskDescription): tf.Variable[] {
  const own = (task.transform?.variables ?? []).filter(({ trainable }) => trainable);
  return [...task.trainable, ...own.map(({ variable }) => variable)];
}

/** Loss and gradients of one batch. A penalty of the transform is added to the loss. */
export function batchGradients<Batch>(
  task: TrainingTask<Batch>,
  variables: tf.Variable[],
  batch: Batch,
  step: number,
): Gradients {
  const { transform } = task;
  const { value, grads } = tf.variableGrads(() => {
    const loss = task.loss(batch, step);
    const penalty = transform?.penalty?.();
    return penalty ? (tf.add(loss, penalty) as tf.Scalar) : loss;
  }, variables);
  const loss = value.dataSync()[0] as number;
  value.dispose();
  const reached = variables.filter(({ name }) => grads[name] !== undefined);
  return { loss, variables: reached, gradients: reached.map(({ name }) => grads[name] as tf.Tensor) };
}

/**
 * The mean of the gradients of several batches, one after the other: the memory of one batch, the gradient of all. Stops at
 * the first loss that is not finite and gives it back.
 */
export function accumulatedGradients<Batch>(
  task: TrainingTask<Batch>,
  variables: tf.Variable[],
  batches: readonly Batch[],
  firstStep: number,
): Gradients {
  let total: Gradients | undefined;
  for (const [i, batch] of batches.entries()) {
    const next = batchGradients(task, variables, batch, firstStep + i);
    total = total === undefined ? next : added(total, next);
    if (!Number.isFinite(total.loss)) return total;
  }
  const { loss, variables: reached, gradients } = total as Gradients;
  if (batches.length === 1) return { loss, variables: reached, gradients };
  const means = tf.tidy(() => gradients.map((gradient) => tf.div(gradient, batches.length)));
  tf.dispose(gradients);
  return { loss: loss / batches.length, variables: reached, gradients: means };
}

function added(a: Gradients, b: Gradients): Gradients {
  if (a.variables.length !== b.variables.length || a.variables.some((variable, i) => variable !== b.variables[i])) {
    throw new Error('trainTask: the batches of one step must have gradients for the same variables');
  }
  const gradients = tf.tidy(() => a.gradients.map((gradient, i) => tf.add(gradient, b.gradients[i] as tf.Tensor)));
  tf.dispose([a.gradients, b.gradients]);
  return { loss: a.loss + b.loss, variables: a.variables, gradients };
}
