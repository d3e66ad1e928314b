import type { OwnTensors } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { savedVariables } from '../train/saved-variables.js';
import type { TaskDescription, TaskTransform } from '../train/task.js';

/**
 * Fractions of zeros by tag:
 *
 * - `sparsity/KERNEL`: weights of the variable that are exactly zero.
 * - `sparsity_in_training/KERNEL`, with a transform: zeros in what the layer computes with in training at this step.
 * - `sparsity_masked/KERNEL`, for methods with a target (γ of targeted dropout, masks): zeros once all weights outside
 *   the target mask are cut.
 */
export function sparsities(task: TaskDescription, step: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const { path, variable } of kernelsOf(task)) {
    found.set(`sparsity/${path}`, zeros(variable));
    if (!task.transform) continue;
    for (const [tag, sparsity] of transformed(task.transform, path, variable, step))
      found.set(`${tag}/${path}`, sparsity);
  }
  return found;
}

function kernelsOf(task: TaskDescription): readonly { path: string; variable: tf.Variable }[] {
  if (task.transform) return task.transform.kernels;
  const trainable = new Set(task.trainable);
  return [...savedVariables(task)]
    .filter(([, variable]) => trainable.has(variable) && variable.rank >= 2)
    .map(([path, variable]) => ({ path, variable }));
}

function transformed(
  { transform, variables = [] }: TaskTransform,
  path: string,
  variable: tf.Variable,
  step: number,
): [string, number][] {
  return tf.tidy(() => {
    const mine = variables.filter((entry) => entry.path === path).map((entry) => [entry.name, entry.variable] as const);
    const own: OwnTensors = Object.fromEntries(mine);
    const context = { path, step: tf.scalar(step, 'int32'), training: true, variables: own };
    const found: [string, number][] = [['sparsity_in_training', zeros(transform.apply(variable, context))]];
    const granularity = transform.getConfig()['granularity'] === 'unit' ? 'unit' : 'weight';
    const mask = transform.targetMask?.(variable, { path, granularity, variables: own });
    if (mask) found.push(['sparsity_masked', zeros(tf.mul(variable, tf.cast(mask, 'float32')))]);
    return found;
  });
}

function zeros(tensor: tf.Tensor): number {
  return tf.tidy(() => tf.mean(tf.cast(tf.equal(tensor, 0), 'float32')).dataSync()[0] as number);
}
