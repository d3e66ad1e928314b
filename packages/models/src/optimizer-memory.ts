import type * as tf from '@tensorflow/tfjs';
import type { OptimizerMemory } from '@winnow/ops';

const NONE: OptimizerMemory = { forget: () => {} };

/**
 * The memory of an optimizer that a method resets for the weights it replaces.
 *
 * @throws TypeError if there is none to reach: without it grown weights would move on by momentum of others
 */
export function memoryOf(method: string, optimizer: OptimizerMemory | tf.Optimizer | undefined): OptimizerMemory {
  const { forget } = (optimizer ?? {}) as Partial<OptimizerMemory>;
  if (typeof forget === 'function') return optimizer as OptimizerMemory;
  const className = (optimizer as Partial<tf.Optimizer> | undefined)?.getClassName?.();
  // tf.train.sgd has no slots; its momentum optimizer is a class of its own.
  if (className === 'SGD') return NONE;
  const got = className === undefined ? String(optimizer) : `tf.train's ${className}`;
  throw new TypeError(
    `afterStep: optimizer must be sgd or adam of @winnow/ops or tf.train.sgd, got ${got}: method '${method}' resets what the ` +
      'optimizer remembers of the weights it replaces, and other optimizers keep that to themselves',
  );
}
