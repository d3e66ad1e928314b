import { tf } from '@winnow/tensorflow';
import type { TaskDescription, TrainingTask } from './task.js';

/** Mean loss of some batches, and its gradients. The caller disposes the gradients. */
export interface Gradients {
  loss: number;
  /** The variables that the loss depends on. `gradients` has the same order. */
  variables: tf.Variable[];
  gradients: tf.Tensor[];
}

/** All trained variables, each once: the task's and the transform's trainable ones. */
export function trainedVariables(task: TaskDescription): tf.Variable[] {
  const own = (task.transform?.variables ?? []).filter(({ trainable }) => trainable);
  return [...new Set([...task.trainable, ...own.map(({ variable }) => variable)])];
}

/** Loss and gradients of one batch. The loss includes the transform's penalty, if any. */
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
 * Mean gradients of several batches, computed one batch at a time: the gradient of a large batch in the memory of a
 * small one. Stops at the first loss that is not finite and returns it.
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
