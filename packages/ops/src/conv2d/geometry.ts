/** Strides, padding, dilations and groups of a convolution, checked, as all its kernels take them. */

import type * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../arguments.js';

/** What is fixed for a layer: `[height, width]`, and padding as `[top, bottom, left, right]`. */
export interface Conv2dGeometry {
  readonly strides: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly groups: number;
}

/**
 * Zeros around each image: none; as many as make `output = ceil(input / stride)`, the odd one below or on the right; or
 * given.
 */
export type Conv2dPad = 'valid' | 'same' | number | readonly [readonly [number, number], readonly [number, number]];

export interface Conv2dOptions {
  /** One number, or `[height, width]`. Default 1. */
  strides?: number | readonly [number, number];
  /** `'valid'` (none), `'same'`, a number for all sides, or `[[top, bottom], [left, right]]`. Default `'valid'`. */
  pad?: Conv2dPad;
  /** Distance of the filter's taps in x: one number, or `[height, width]`. Default 1. */
  dilations?: number | readonly [number, number];
  /**
   * Into so many parts the channels of x and y are cut; each part of y is computed from its part of x alone. Default 1.
   */
  groups?: number;
  /**
   * How the filter is multiplied on `tensorflow`. `'sparse'`: weight by weight, zeros left out, 16 images at a time;
   * `'dense'`: all of them; `'auto'`: whichever is faster for the filter's zeros. Default `'auto'`.
   */
  execution?: Conv2dExecution;
  /**
   * `'kept'`: only weights that are kept have a gradient other than 0, and no other is computed: for filters under a
   * mask. Default `'kept'` with a mask, else `'dense'`.
   */
  filterGradient?: 'dense' | 'kept';
  /**
   * Which weights are kept: bool, or float32 that is not 0 where they are, of the filter's shape. It says for which
   * weights there is a gradient and changes nothing else: the filter is given masked already. A kept weight may be 0,
   * as one that has just grown is. Default: the weights that are not 0.
   */
  mask?: tf.Tensor;
}

export type Conv2dExecution = 'auto' | 'dense' | 'sparse';

const EXECUTIONS: readonly Conv2dExecution[] = ['auto', 'dense', 'sparse'];
const FILTER_GRADIENTS = ['dense', 'kept'] as const;

/** How a convolution is computed, checked. */
export interface Conv2dComputation {
  readonly execution: Conv2dExecution;
  readonly filterGradient: (typeof FILTER_GRADIENTS)[number];
  readonly mask?: tf.Tensor;
}

/**
 * Reads how to compute.
 *
 * @throws RangeError for other words
 */
export function readComputation(op: string, options: Conv2dOptions): Conv2dComputation {
  const word = <Word extends string>(name: string, words: readonly Word[], value: unknown): Word => {
    if (words.includes(value as Word)) return value as Word;
    throw new RangeError(`${op}: ${name} must be one of '${words.join("', '")}', got ${describe(value)}`);
  };
  const { execution = 'auto', mask, filterGradient = mask === undefined ? 'dense' : 'kept' } = options;
  if (mask !== undefined && filterGradient === 'dense') {
    throw new RangeError(`${op}: filterGradient must be 'kept' with a mask, got 'dense'`);
  }
  return {
    execution: word('execution', EXECUTIONS, execution),
    filterGradient: word('filterGradient', FILTER_GRADIENTS, filterGradient),
    ...(mask !== undefined && { mask }),
  };
}

/** The pixels that a filter of `size` with `dilation` covers. */
export function spanOf(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/** Rows or columns of the output; negative where the filter does not fit. */
function outputAlong(
  input: number,
  size: number,
  axis: 0 | 1,
  { strides, padding, dilations }: Conv2dGeometry,
): number {
  const zeros = padding[2 * axis]! + padding[2 * axis + 1]!;
  return Math.floor((input + zeros - spanOf(size, dilations[axis])) / strides[axis]) + 1;
}

/**
 * `[height, width]` of the output. An input without pixels has an output without, unless its padding holds the filter.
 *
 * @throws RangeError where the filter is larger than the padded input
 */
export function outputSize(
  op: string,
  input: readonly [number, number],
  kernel: readonly [number, number],
  geometry: Conv2dGeometry,
): [number, number] {
  const along = (axis: 0 | 1): number => {
    const size = outputAlong(input[axis], kernel[axis], axis, geometry);
    if (size > 0 || input[axis] === 0) return Math.max(0, size);
    const dimension = axis === 0 ? 'height' : 'width';
    const span = spanOf(kernel[axis], geometry.dilations[axis]);
    const most = input[axis] + geometry.padding[2 * axis]! + geometry.padding[2 * axis + 1]!;
    throw new RangeError(
      `${op}: filter, dilated, must fit x with its padding, whose ${dimension} is ${most}, ` +
        `got a ${dimension} of ${span}`,
    );
  };
  return [along(0), along(1)];
}

/**
 * How many rows and columns of the input lie behind what the last window reaches: with the output's size they give its
 * own.
 */
export function restOf(
  input: readonly [number, number],
  output: readonly [number, number],
  kernel: readonly [number, number],
  { strides, padding, dilations }: Conv2dGeometry,
): [number, number] {
  const along = (axis: 0 | 1) =>
    input[axis] -
    ((output[axis] - 1) * strides[axis] +
      spanOf(kernel[axis], dilations[axis]) -
      padding[2 * axis]! -
      padding[2 * axis + 1]!);
  return [along(0), along(1)];
}

/**
 * Reads the options.
 *
 * @throws TypeError or RangeError for a value out of its range
 */
export function readGeometry(
  op: string,
  options: Conv2dOptions,
  input: readonly [number, number],
  kernel: readonly [number, number],
): Conv2dGeometry {
  checkKeys(op, 'options', options, ['strides', 'pad', 'dilations', 'groups', 'execution', 'filterGradient', 'mask']);
  const { strides = 1, pad = 'valid', dilations = 1, groups = 1 } = options;
  const pair = (name: string, value: unknown): [number, number] =>
    Array.isArray(value) && value.length === 2
      ? [positive(op, `${name}[0]`, value[0]), positive(op, `${name}[1]`, value[1])]
      : [positive(op, name, value), value as number];
  const geometry = { strides: pair('strides', strides), dilations: pair('dilations', dilations) };
  const padding = readPadding(op, pad, input, kernel, geometry);
  return { ...geometry, padding, groups: positive(op, 'groups', groups) };
}

const MOST = 2 ** 31 - 1;

function positive(op: string, name: string, value: unknown): number {
  return integer(op, name, value, 1);
}

function integer(op: string, name: string, value: unknown, least: number): number {
  if (typeof value !== 'number') throw new TypeError(`${op}: ${name} must be a number, got ${describe(value)}`);
  if (Number.isInteger(value) && value >= least && value <= MOST) return value;
  throw new RangeError(`${op}: ${name} must be an integer in [${least}, ${MOST}], got ${value}`);
}

const describe = (value: unknown) =>
  (typeof value === 'string' ? `'${value}'` : JSON.stringify(value)) ?? String(value);

function readPadding(
  op: string,
  pad: unknown,
  input: readonly [number, number],
  kernel: readonly [number, number],
  { strides, dilations }: Pick<Conv2dGeometry, 'strides' | 'dilations'>,
): [number, number, number, number] {
  if (pad === 'valid') return [0, 0, 0, 0];
  if (pad === 'same') {
    const along = (axis: 0 | 1): [number, number] => {
      const output = Math.ceil(input[axis] / strides[axis]);
      const zeros = Math.max(0, (output - 1) * strides[axis] + spanOf(kernel[axis], dilations[axis]) - input[axis]);
      return [Math.floor(zeros / 2), Math.ceil(zeros / 2)];
    };
    return [...along(0), ...along(1)];
  }
  if (typeof pad === 'number') {
    const zeros = integer(op, 'pad', pad, 0);
    return [zeros, zeros, zeros, zeros];
  }
  const sides = Array.isArray(pad) && pad.length === 2 ? pad : [];
  if (!sides.length || !sides.every((side) => Array.isArray(side) && side.length === 2)) {
    const got = describe(pad);
    throw new TypeError(`${op}: pad must be 'valid', 'same', a number or [[top, bottom], [left, right]], got ${got}`);
  }
  const side = (axis: number, end: number) => integer(op, `pad[${axis}][${end}]`, sides[axis][end], 0);
  return [side(0, 0), side(0, 1), side(1, 0), side(1, 1)];
}
