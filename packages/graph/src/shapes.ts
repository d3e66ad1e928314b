import type { LayerLike, Shape } from './layers-model.js';

/** Whether two shapes are the same, open sizes included. */
export function isSameShape(a: Shape, b: Shape | undefined): boolean {
  return a.length === b?.length && a.every((size, axis) => size === b[axis]);
}

/** What a layer makes of inputs with these shapes, by its own word. */
export function outputShapes(layer: LayerLike, inputs: readonly Shape[]): Shape[] {
  const shapes = (inputs.length === 1 ? inputs[0] : inputs) as never;
  const given = layer.computeOutputShape(shapes) as Shape | Shape[];
  return Array.isArray(given[0]) ? (given as Shape[]) : [given as Shape];
}

/** One step of a sequence. */
export function stepShape([batch, , ...rest]: Shape): Shape {
  return [batch ?? null, ...rest];
}

/** What a recurrent cell gives: its first state. */
export function cellShape(cell: LayerLike, [batch]: Shape): Shape {
  const { stateSize } = cell as LayerLike & { stateSize: number | readonly number[] };
  return [batch ?? null, Array.isArray(stateSize) ? stateSize[0] : stateSize];
}

/**
 * At how many positions a kernel is applied: the product of all axes but the batch's and the channels'; null if one of
 * them is open.
 */
export function positions(shape: Shape, dataFormat: unknown): number | null {
  const axes = dataFormat === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
  return axes.reduce<number | null>((product, axis) => (product === null || axis === null ? null : product * axis), 1);
}
