import type { Network, Node, Window } from '../network.js';
import { rewrite } from './rewrite.js';

/** Operations that apply an activation themselves. */
const WITH_ACTIVATION: ReadonlySet<Node['op']> = new Set(['convolution', 'scaleShift', 'add', 'activation']);

/** An activation becomes part of the operation before it, if nobody else reads that one's result. */
export function fuseActivations(network: Network): Network {
  return rewrite(network, ({ op, inputs, activation }, isAlone) => {
    const [before] = inputs;
    if (op !== 'activation' || before === undefined) return undefined;
    // An activation of none computes nothing.
    if (activation.kind === 'none') return before;
    const takes = WITH_ACTIVATION.has(before.op) && before.activation.kind === 'none' && isAlone(0);
    return takes ? { ...before, activation } : undefined;
  });
}

/** A sum of two becomes part of a convolution that is one of the two: a residual. */
export function fuseSums(network: Network): Network {
  return rewrite(network, ({ op, inputs, activation }, isAlone) => {
    const [a, b, ...more] = inputs;
    if (op !== 'add' || !a || !b || a === b || more.length > 0 || !isSameDims(a, b)) return undefined;
    const takes = (node: Node, at: number) =>
      node.convolution && !node.convolution.residual && node.activation.kind === 'none' && isAlone(at);
    // The second is the branch in most networks; of two that could, the later one.
    const [sum, residual] = takes(b, 1) ? [b, a] : takes(a, 0) ? [a, b] : [];
    if (!sum?.convolution) return undefined;
    return { ...sum, activation, convolution: { ...sum.convolution, residual } };
  });
}

const isSameDims = (a: Node, b: Node): boolean => `${a.dims}` === `${b.dims}`;

/** Zeros around images become padding of the convolution that reads them. */
export function fusePadding(network: Network): Network {
  return rewrite(network, (node) => {
    const [before] = node.inputs;
    if (node.op !== 'convolution' || before?.op !== 'zeroPad' || !node.window || !before.window) return undefined;
    if (before.channelPadding?.some((size) => size > 0)) return undefined;
    const added = before.window.padding;
    const padding = node.window.padding.map((size, at) => size + (added[at] as number));
    return {
      ...node,
      inputs: before.inputs,
      window: { ...node.window, padding: padding as unknown as Window['padding'] },
    };
  });
}
