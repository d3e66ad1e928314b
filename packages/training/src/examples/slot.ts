import type { tf } from '@winnow/tensorflow';
import type { TargetKind } from '../objective/losses.js';
import type { OutputObjective } from '../objective/objective.js';
import { layerNames } from '../objective/per-output.js';

/** A tensor that a batch must have: an input of the model, or the targets of an output. */
export interface Slot {
  /** What errors call it: `x`, or `x 'image'` if there are several. */
  readonly label: string;
  readonly name: string;
  /** The shape with the examples first; null is open. */
  readonly shape: readonly (number | null)[];
  /** Undefined: whatever is given. */
  readonly dtype: 'float32' | 'int32' | undefined;
  /** Targets: what they are, and how many classes there are. */
  readonly targets?: TargetKind;
  readonly classes?: number;
}

/** @throws TypeError if an input takes strings or another dtype that no batch has */
export function inputSlots(caller: string, model: tf.LayersModel): Slot[] {
  const { inputs } = model;
  const inputNames = layerNames(inputs);
  return inputs.map(({ shape, dtype }, i) => {
    if (dtype !== 'float32' && dtype !== 'int32') {
      throw new TypeError(`${caller}: input '${inputNames[i]}' must be float32 or int32, got ${dtype}`);
    }
    const name = inputNames[i] as string;
    return { name, label: inputs.length > 1 ? `x '${name}'` : 'x', shape: [null, ...shape.slice(1)], dtype };
  });
}

/** The targets of every output. */
export function targetSlots(objective: readonly OutputObjective[]): Slot[] {
  return objective.map(({ name, shape, loss: { targets } }) => {
    const label = objective.length > 1 ? `y '${name}'` : 'y';
    const open = [null, ...shape.slice(1)];
    if (targets === 'classes') {
      const classes = shape.at(-1) as number;
      return { name, label, shape: open.slice(0, -1), dtype: 'int32', targets, classes };
    }
    return { name, label, shape: open, dtype: targets === 'any' ? undefined : 'float32', targets };
  });
}

/** A shape in words: `[n, 3]`. */
export function shapeText(shape: readonly (number | null)[]): string {
  return `[${shape.map((size, axis) => size ?? (axis === 0 ? 'n' : '?')).join(', ')}]`;
}

/**
 * The shape in which a tensor is used in a slot: its own, without a last axis of size 1 or with one more, as classes
 * and single units are given either way.
 *
 * @throws RangeError if it does not fit
 */
export function fittedShape(
  caller: string,
  { label, shape, targets, classes }: Slot,
  given: readonly number[],
): number[] {
  const fits = (candidate: readonly number[]) =>
    candidate.length === shape.length && candidate.every((size, axis) => shape[axis] == null || shape[axis] === size);
  // A loss of one's own knows what it compares.
  if (targets === 'any') return [...given];
  if (fits(given)) return [...given];
  if (targets === 'classes' && given.at(-1) === 1 && fits(given.slice(0, -1))) return given.slice(0, -1);
  if (shape.at(-1) === 1 && fits([...given, 1])) return [...given, 1];
  const isUnbatched = fits([1, ...given]);
  const hint = isUnbatched ? '; the first axis is the examples: is a batch() missing?' : '';
  const oneHot = targets === 'classes' && given.at(-1) === classes && classes !== undefined && fits(given.slice(0, -1));
  const help = oneHot ? "; it takes integers, and 'categoricalCrossentropy' takes one row per class" : '';
  throw new RangeError(
    `${caller}: ${label} must have shape ${shapeText(shape)}, got [${given.join(', ')}]${hint}${help}`,
  );
}

/**
 * Checks targets value by value.
 *
 * @throws RangeError for a class out of range, a fraction outside [0, 1] or a value that is not finite
 */
export function checkTargets(caller: string, { label, targets, classes = 0 }: Slot, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (targets === 'classes' && !(Number.isInteger(value) && value >= 0 && value < classes)) {
      throw new RangeError(`${caller}: ${label} must be integers in [0, ${classes - 1}], got ${value} at ${i}`);
    }
    if (targets === 'fractions' && !(value >= 0 && value <= 1)) {
      throw new RangeError(`${caller}: ${label} must be in [0, 1], got ${value} at ${i}`);
    }
    if (targets === 'values' && !Number.isFinite(value)) {
      throw new RangeError(`${caller}: ${label} must be finite, got ${value} at ${i}`);
    }
  }
}
