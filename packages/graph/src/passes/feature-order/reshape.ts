import type { Shape } from '../../layers-model.js';
import { type Axes, type Features, lostAfter, of } from './features.js';
import { flattenedOrder, flattenedSteps, isSameOrder } from './order.js';

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
const isClosed = (sizes: (number | null)[]): sizes is number[] => !sizes.includes(null);

/** Whether a layer reads its input with the channels first. */
export function readsChannelsFirst(config: Readonly<Record<string, unknown>>): boolean {
  return config['dataFormat'] === 'channelsFirst';
}

/**
 * The vector that a tensor is flattened to.
 *
 * @param shape of the tensor, with the batch
 * @param movesChannels whether the layer itself puts the first axis last before, as Flatten with `dataFormat:
 *   'channelsFirst'`
 */
export function flattened(input: Features, shape: Shape, layer: string, movesChannels = false): Features {
  const sizes = shape.slice(1);
  if (sizes.length < 2 || input.lost !== undefined) return input;
  if (!isClosed(sizes)) return input.axes === 'last' && !input.order ? of('last') : lostAfter(layer);
  if (movesChannels) {
    if (!input.assumed && input.axes !== 'first') return lostAfter(layer);
    const [channels = 1, ...places] = sizes;
    return of('last', flattenedOrder(places, channels, undefined));
  }
  const places = sizes.slice(0, -1);
  const channels = sizes.at(-1) as number;
  // One place, or one channel: the elements stand in one order only.
  if (product(places) === 1) return of('last', input.order);
  if (channels === 1) return of('last');
  switch (input.axes) {
    case 'moved':
      return of('last', flattenedOrder(places, channels, input.order));
    case 'last':
      return of('last', flattenedSteps(places, channels, input.order));
    case 'first':
      return input.order ? lostAfter(layer) : of('last');
    case 'unclear':
      return lostAfter(input.unclear ?? layer);
  }
}

/**
 * The tensor that a vector is given the shape of.
 *
 * @param shape of the tensor, with the batch
 * @param wanted the axes that its readers need; undefined if they need none
 */
function unflattened(vector: Features, shape: Shape, layer: string, wanted: Axes | undefined): Features {
  const sizes = shape.slice(1);
  if (vector.lost !== undefined) return vector;
  if (!isClosed(sizes)) return vector.order === undefined && wanted === 'last' ? of('last') : lostAfter(layer);
  const places = sizes.slice(0, -1);
  if (product(places) === 1) return { axes: wanted ?? 'moved', order: vector.order, assumed: true };
  const isMoved = isSameOrder(vector.order, flattenedOrder(places, sizes.at(-1) as number, undefined));
  const axes = wanted ?? (vector.order === undefined ? 'last' : 'moved');
  if (axes === 'unclear') return lostAfter(layer);
  return (axes === 'moved' ? isMoved : vector.order === undefined) ? of(axes) : lostAfter(layer);
}

/**
 * What Reshape makes of a tensor.
 *
 * @param wanted the axes that the readers of the new tensor need; undefined if they need none
 */
export function reshaped(
  input: Features,
  from: Shape,
  to: Shape,
  layer: string,
  wanted: () => Axes | undefined,
): Features {
  if (to.length === 2) return flattened(input, from, layer);
  if (from.length > 2) {
    // The channels stay what they are.
    if (input.axes === 'first' ? from[1] === to[1] && !input.order : from.at(-1) === to.at(-1)) return input;
    // An image without channels, or a sequence: nothing says that the other framework has moved its axes.
    const isPlain = input.assumed && from.length === 3 && input.order === undefined && input.lost === undefined;
    return unflattened(isPlain ? of('last') : flattened(input, from, layer), to, layer, wanted());
  }
  return unflattened(input, to, layer, wanted());
}
