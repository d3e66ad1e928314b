import * as tf from '@tensorflow/tfjs';
import type { OptimizerMemory } from '@winnow/ops';

const NONE: OptimizerMemory = { forget: () => {} };

/** A slot of tf.train's optimizers, named `variable/slot`. */
interface Slot {
  readonly originalName: string;
  readonly variable: tf.Variable;
}

/**
 * The memory of an optimizer that a method resets for the weights it replaces.
 *
 * @throws TypeError if there is none to reach: without it grown weights would move on by momentum of others
 */
export function memoryOf(method: string, optimizer: OptimizerMemory | tf.Optimizer | undefined): OptimizerMemory {
  const { forget } = (optimizer ?? {}) as Partial<OptimizerMemory>;
  if (typeof forget === 'function') return optimizer as OptimizerMemory;
  if (optimizer instanceof Object && typeof (optimizer as Partial<tf.Optimizer>).getClassName === 'function') {
    return memoryOfStock(optimizer as tf.Optimizer);
  }
  throw new TypeError(
    `afterStep: optimizer must be sgd or adam of @winnow/ops or one of tf.train, got ${String(optimizer)}: ` +
      `method '${method}' ` +
      'resets what the optimizer remembers of the weights it replaces',
  );
}

/** What tf.train's optimizers remember: lists of slots, one slot for every variable that has moved. */
function memoryOfStock(optimizer: tf.Optimizer): OptimizerMemory {
  // tf.train.sgd has no slots; its momentum optimizer is a class of its own.
  if (optimizer.getClassName() === 'SGD') return NONE;
  const { initialAccumulatorValue: first = 0 } = optimizer as tf.Optimizer & { initialAccumulatorValue?: number };
  return {
    forget(variable, entries) {
      const slots = Object.values(optimizer).flatMap((value) =>
        Array.isArray(value) ? value.filter((slot) => isSlotOf(slot, variable)) : [],
      ) as Slot[];
      tf.tidy(() => {
        for (const slot of slots)
          slot.variable.assign(tf.where(entries, tf.fill(variable.shape, first), slot.variable));
      });
    },
  };
}

function isSlotOf(value: unknown, variable: tf.Variable): value is Slot {
  const { originalName, variable: remembered } = (value ?? {}) as Partial<Slot>;
  if (typeof originalName !== 'string' || remembered === undefined || remembered === null) return false;
  return originalName.slice(0, originalName.lastIndexOf('/')) === variable.name;
}
