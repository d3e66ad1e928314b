import type * as tf from '@tensorflow/tfjs';
import type { OwnTensors } from '@winnow/ops';

/**
 * One of a method's own variables from its context.
 *
 * @throws TypeError if the caller, not `applyTransform`, left it out
 */
export function own(method: string, name: string, variables: OwnTensors | undefined): tf.Tensor {
  const variable = variables?.[name];
  if (variable === undefined) {
    throw new TypeError(
      `${method}: context.variables must have '${name}', as applyTransform of @winnow/models gives it`,
    );
  }
  return variable;
}
