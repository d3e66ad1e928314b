/** Orders of features: `order[i]` is the number that feature `i` has in the other framework. */

/** A permutation; undefined where both frameworks have the same order. */
export type Order = readonly number[] | undefined;

/** The order itself, or undefined if it changes nothing. */
function normalized(order: readonly number[]): Order {
  return order.every((number, at) => number === at) ? undefined : order;
}

/** Whether two orders are the same. */
export function isSameOrder(a: Order, b: Order): boolean {
  return a === b || (a !== undefined && a.length === b?.length && a.every((number, at) => number === b[at]));
}

/**
 * What becomes of the elements of `[…size, channels]` when both frameworks flatten it, the other one with the channels
 * first.
 *
 * @param channels the order of the channels before
 */
export function flattenedOrder(size: readonly number[], count: number, channels: Order): Order {
  const places = size.reduce((product, axis) => product * axis, 1);
  const order: number[] = [];
  for (let place = 0; place < places; place++) {
    for (let channel = 0; channel < count; channel++) order.push((channels?.[channel] ?? channel) * places + place);
  }
  return normalized(order);
}

/** The same, if both frameworks have the channels last. */
export function flattenedSteps(size: readonly number[], count: number, channels: Order): Order {
  if (channels === undefined) return undefined;
  const places = size.reduce((product, axis) => product * axis, 1);
  return Array.from({ length: places }, (_, place) => channels.map((channel) => place * count + channel)).flat();
}

/** The order of vectors of these sizes behind each other. */
export function joined(parts: readonly { readonly order: Order; readonly size: number }[]): Order {
  let start = 0;
  const all: number[] = [];
  for (const { order, size } of parts) {
    for (let at = 0; at < size; at++) all.push(start + (order?.[at] ?? at));
    start += size;
  }
  return normalized(all);
}
