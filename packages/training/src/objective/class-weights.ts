import { tf } from '@winnow/tensorflow';
import { isPlainRecord } from './per-output.js';

/** Weight of every class: `{0: 1, 1: 5}`. Classes that are left out weigh 1. */
export type ClassWeight = Readonly<Record<number, number>>;

/** @throws TypeError or RangeError naming the class and its weight */
export function checkClassWeight(caller: string, argument: string, weights: unknown, classes: number): Float32Array {
  if (!isPlainRecord(weights)) {
    throw new TypeError(`${caller}: ${argument} must be a record of classes and weights, got ${weights}`);
  }
  const table = new Float32Array(classes).fill(1);
  for (const [key, weight] of Object.entries(weights)) {
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0 || index >= classes) {
      throw new RangeError(`${caller}: ${argument} must be for classes in [0, ${classes - 1}], got '${key}'`);
    }
    if (typeof weight !== 'number' || !(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`${caller}: ${argument}[${key}] must be in [0, Infinity), got ${weight}`);
    }
    table[index] = weight;
  }
  return table;
}

/** The weight of every example, by its class: of integers, of the largest fraction, or of one fraction above ½. */
export function weightsByClass(table: Float32Array, y: tf.Tensor, isClasses: boolean): tf.Tensor {
  const fractions = () => (y.shape.at(-1) === 1 ? tf.greater(tf.squeeze(y, [y.rank - 1]), 0.5) : tf.argMax(y, -1));
  const classes = isClasses ? y : fractions();
  return tf.gather(tf.tensor1d(table), tf.cast(classes, 'int32'));
}
