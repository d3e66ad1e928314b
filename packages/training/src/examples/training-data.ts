import type { Split } from '@winnow/data';
import { tf } from '@winnow/tensorflow';

/** Numbers of any kind in memory. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** Nested arrays of numbers, as `tf.tensor` takes them. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/**
 * Values of examples, the first axis being the examples. A typed array holds them row after row and gets its shape from
 * the model. Values are used as they are: nothing is scaled.
 */
export type Values = tf.Tensor | NumberArray | NestedNumbers;

/**
 * Examples in memory. A model with several inputs or outputs takes a list of values in their order, or a record by
 * their names. Tensors stay the caller's; their values are copied once.
 */
export interface Examples {
  /** One `[n, …]` for every input, of the input's shape. */
  readonly x: Values | readonly Values[] | Readonly<Record<string, Values>>;
  /**
   * One for every output. Losses over classes take integers `[n]` (`[n, steps]` for sequences), the others `[n, …]` of
   * the output's shape.
   */
  readonly y: Values | readonly Values[] | Readonly<Record<string, Values>>;
  /**
   * Factors of the examples' losses, `[n]` (or `[n, steps]`), each ≥ 0. One for all outputs, or a record by output.
   * Default 1.
   */
  readonly sampleWeight?: Values | Readonly<Record<string, Values>>;
}

/**
 * A `tf.data.Dataset` of batches `{xs, ys}`, optionally with `sampleWeight`: what `model.fitDataset` takes. Each is a
 * tensor, or a record of tensors by input or output. Its tensors are disposed after use, as `fitDataset` does.
 */
export type ExampleStream = tf.data.Dataset<tf.TensorContainer>;

/** What a model can be trained, evaluated and re-estimated with. */
export type TrainingData = Split | Examples | ExampleStream;

/** Whether data is a split of `@winnow/data`. */
export function isSplit(data: TrainingData): data is Split {
  return 'labels' in data && ('images' in data || 'files' in data);
}

/** Whether data is a `tf.data.Dataset`. */
export function isStream(data: TrainingData): data is ExampleStream {
  return typeof (data as { iterator?: unknown }).iterator === 'function';
}

/** @throws TypeError unless `data` has one of the three forms, naming what is wrong with it */
export function checkData(caller: string, argument: string, data: unknown): TrainingData {
  if (typeof data !== 'object' || data === null || data instanceof tf.Tensor || Array.isArray(data)) {
    const what = data instanceof tf.Tensor ? 'a tensor' : Array.isArray(data) ? 'an array' : String(data);
    throw new TypeError(`${caller}: ${argument} must be an image split, {x, y} or a tf.data.Dataset, got ${what}`);
  }
  if (isStream(data as TrainingData)) return data as TrainingData;
  if (!isSplit(data as TrainingData)) {
    if ('x' in data) return data as Examples;
    const hint = 'train' in data && 'test' in data ? '; give its train or test' : '';
    throw new TypeError(
      `${caller}: ${argument} must be an image split, {x, y} or a tf.data.Dataset, got {${Object.keys(data)}}${hint}`,
    );
  }
  const { images, labels, count, height, width, channels } = data as Split & { images?: unknown };
  if (images !== undefined && !(images instanceof Uint8Array)) {
    const what = (images as object)?.constructor?.name ?? String(images);
    throw new TypeError(`${caller}: ${argument}.images must be a Uint8Array, got ${what}; give floats as {x, y}`);
  }
  if (!(labels instanceof Int32Array)) {
    const what = (labels as object)?.constructor?.name ?? String(labels);
    throw new TypeError(`${caller}: ${argument}.labels must be an Int32Array, got ${what}`);
  }
  for (const [name, value] of Object.entries({ count, height, width, channels })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`${caller}: ${argument}.${name} must be an integer ≥ 1, got ${value}`);
    }
  }
  const size = count * height * width * channels;
  if (images !== undefined && (images as Uint8Array).length !== size) {
    throw new RangeError(`${caller}: ${argument}.images must have ${size} bytes, got ${(images as Uint8Array).length}`);
  }
  if (labels.length !== count) {
    throw new RangeError(`${caller}: ${argument}.labels must be ${count} labels, got ${labels.length}`);
  }
  return data as Split;
}
