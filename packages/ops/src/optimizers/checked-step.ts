import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { checkPositive } from './settings.js';

/** Checks a step's arguments before anything changes. */
export function checkStep(
  op: string,
  variables: readonly tf.Variable[],
  gradients: readonly tf.Tensor[],
  learningRate: number,
): void {
  checkPositive(op, 'learningRate', learningRate);
  if (!Array.isArray(variables) || !Array.isArray(gradients)) {
    throw new TypeError(`${op}: variables and gradients must be arrays`);
  }
  const names = new Set<string>();
  for (const [i, variable] of variables.entries()) {
    if (!(variable instanceof tf.Variable)) throw new TypeError(`${op}: variables[${i}] must be a tf.Variable`);
    const label = `variable '${variable.name}'`;
    if (variable.dtype !== 'float32') throw new TypeError(`${op}: ${label} must be float32, got ${variable.dtype}`);
    if (names.has(variable.name)) throw new RangeError(`${op}: ${label} must occur once in variables`);
    names.add(variable.name);
    const gradient: unknown = gradients[i];
    if (!(gradient instanceof tf.Tensor)) {
      throw new TypeError(`${op}: gradient of ${label} must be a tensor, got ${gradient}`);
    }
    if (gradient.dtype !== 'float32') {
      throw new TypeError(`${op}: gradient of ${label} must be float32, got ${gradient.dtype}`);
    }
    if (!tf.util.arraysEqual(gradient.shape, variable.shape)) {
      throw new RangeError(
        `${op}: gradient of ${label} must have its shape [${variable.shape}], got [${gradient.shape}]`,
      );
    }
  }
  if (gradients.length !== variables.length) {
    throw new RangeError(
      `${op}: gradients must be one for each of ${variables.length} variables, got ${gradients.length}`,
    );
  }
}

/** Checks what `forget` is told before anything changes. */
export function checkForget(op: string, variable: tf.Variable, entries: tf.Tensor): void {
  if (!(variable instanceof tf.Variable)) throw new TypeError(`${op}: variable must be a tf.Variable, got ${variable}`);
  const label = `entries of variable '${variable.name}'`;
  if (!(entries instanceof tf.Tensor)) throw new TypeError(`${op}: ${label} must be a tensor, got ${entries}`);
  if (entries.dtype !== 'bool') throw new TypeError(`${op}: ${label} must be bool, got ${entries.dtype}`);
  if (!tf.util.arraysEqual(entries.shape, variable.shape)) {
    throw new RangeError(`${op}: ${label} must have its shape [${variable.shape}], got [${entries.shape}]`);
  }
}

/**
 * Runs a step's kernel on lists of tensors, passed as numbered inputs. Returns one list of outputs per list of slots.
 */
export function runStep(
  kernelName: string,
  lists: readonly (readonly tf.Tensor[])[],
  attributes: object,
): tf.Tensor[][] {
  const inputs = Object.fromEntries(lists.flat().map((tensor, i) => [i, tensor]));
  const outputs = runKernel(kernelName, inputs, attributes) as tf.Tensor[];
  const count = (lists[0] as readonly tf.Tensor[]).length;
  return Array.from({ length: outputs.length / count }, (_, i) => outputs.slice(i * count, (i + 1) * count));
}

/** Assigns new values to the variables. The tensors still belong to the caller. */
export function assignAll(variables: readonly tf.Variable[], values: readonly tf.Tensor[]): void {
  for (const [i, variable] of variables.entries()) variable.assign(values[i] as tf.Tensor);
}
