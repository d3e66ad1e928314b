import { NETWORK_ACTIVATION_CODE, NETWORK_OP_CODE } from '@winnow/native';
import { exampleShape, type Network, type Node } from './network.js';

/** A network as the numbers that `NetworkPlan` takes. */
export interface Program {
  readonly program: Float64Array;
  readonly weights: Float32Array;
}

/** Writes a network down, node by node. Arrays that several nodes share are stored once. */
export function programOf(network: Network): Program {
  const numbers = new Map(network.map((node, at) => [node, at]));
  const numberOf = (node: Node) => numbers.get(node) as number;
  const offsets = new Map<Float32Array, number>();
  let used = 0;
  const offsetOf = (array: Float32Array | undefined): number => {
    if (array === undefined) return -1;
    const known = offsets.get(array);
    if (known !== undefined) return known;
    const offset = used;
    offsets.set(array, offset);
    used += array.length;
    return offset;
  };
  const program: number[] = [];
  for (const node of network) {
    const { op, activation, inputs } = node;
    program.push(NETWORK_OP_CODE[op], NETWORK_ACTIVATION_CODE[activation.kind], activation.alpha, inputs.length);
    program.push(...inputs.map(numberOf), ...ownNumbers(node, offsetOf, numberOf));
  }
  const weights = new Float32Array(used);
  for (const [array, offset] of offsets) weights.set(array, offset);
  return { program: Float64Array.from(program), weights };
}

/** What the op adds: see `parse_network.cc`. */
function ownNumbers(
  { op, dims, window, channelPadding = [0, 0], convolution, scale, shift }: Node,
  offsetOf: (array: Float32Array | undefined) => number,
  numberOf: (node: Node) => number,
): number[] {
  if (op === 'input' || op === 'reshape') {
    const { height, width, channels } = exampleShape(dims);
    return [height, width, channels];
  }
  if (scale !== undefined) return [scale.length, offsetOf(scale), offsetOf(shift)];
  if (window === undefined) return [];
  const { kernel, strides, padding, dilations } = window;
  if (op === 'zeroPad') return [...padding, ...channelPadding];
  if (op === 'upsample') return [...kernel];
  const numbers = [...kernel, ...strides, ...padding];
  if (convolution === undefined) return numbers;
  const { groups, groupInputs, outputs, weights, bias, residual } = convolution;
  numbers.push(...dilations, groups, groupInputs, outputs, offsetOf(weights), offsetOf(bias));
  return [...numbers, residual ? numberOf(residual) : -1];
}
