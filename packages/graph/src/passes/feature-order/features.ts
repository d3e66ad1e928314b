import type { Order } from './order.js';

/**
 * Where a tensor of three or more axes has its features, here and in the framework with the channels first:
 *
 * - `'moved'`: last here, first there: images, and sequences of convolutions
 * - `'last'`: last in both: sequences of recurrent layers, embeddings and dense layers
 * - `'first'`: first in both: layers with `dataFormat: 'channelsFirst'`
 * - `'unclear'`: not known
 */
export type Axes = 'moved' | 'last' | 'first' | 'unclear';

/** What is known of the features of a tensor. */
export interface Features {
  /** Of the last axis. */
  readonly order: Order;
  /** Of no meaning for a vector. */
  readonly axes: Axes;
  /** The axes are only what is usual, for an input of the network; what it meets decides. */
  readonly assumed?: boolean;
  /** Why the order is not known: the layer after which it is not. */
  readonly lost?: string;
  /** Why the axes are `'unclear'`: the layer after which they are. */
  readonly unclear?: string;
  /** Of one step, if a TimeDistributed layer made it. */
  readonly step?: Features;
}

/** Features in the same order, and axes that the layer before says. */
export const of = (axes: Axes, order: Order = undefined): Features => ({ axes, order });

/** Features whose order is not known after this layer. */
export const lostAfter = (layer: string): Features => ({
  axes: 'unclear',
  order: undefined,
  lost: layer,
  unclear: layer,
});

/** Features in their order, along axes that are not known after this layer. */
export const unclearAfter = (layer: string, order: Order = undefined): Features => ({
  axes: 'unclear',
  order,
  unclear: layer,
});

/** What comes of tensors that are added, multiplied or put behind each other, as far as their axes tell. */
export function mergedAxes(inputs: readonly Features[], layer: string): Omit<Features, 'order'> {
  const lost = inputs.find((input) => input.lost !== undefined);
  if (lost) return { axes: 'unclear', lost: lost.lost as string, unclear: lost.lost as string };
  const decided = inputs.filter(({ assumed }) => !assumed);
  const [first = inputs[0], ...others] = decided;
  if (first === undefined) return { axes: 'moved' };
  if (others.every(({ axes }) => axes === first.axes)) {
    const { order: _, ...rest } = first;
    return rest;
  }
  return { axes: 'unclear', unclear: layer };
}
