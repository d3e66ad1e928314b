import {
  type ActivationCall,
  type Convolution,
  exampleShape,
  NO_ACTIVATION,
  type Node,
  type Window,
} from '../network.js';
import type { SourceNode, SourceWeight } from '../source.js';

/** A window of one pixel. */
export const POINT: Window = { kernel: [1, 1], strides: [1, 1], padding: [0, 0, 0, 0], dilations: [1, 1] };

/** One call of a layer while it is turned into nodes. */
export class LayerCall {
  constructor(
    readonly source: SourceNode,
    readonly inputs: readonly Node[],
    private readonly add: (node: Node) => Node,
  ) {}

  /** @throws RangeError that names the layer */
  refuse(why: string): never {
    const { path, className } = this.source;
    throw new RangeError(`compile: ${path} (${className}): ${why}`);
  }

  get input(): Node {
    const [input, ...more] = this.inputs;
    if (input === undefined || more.length > 0) this.refuse(`must have one input, got ${this.inputs.length}`);
    return input;
  }

  /** A value's rank without the batch. */
  needRank(least: number, most = least): readonly number[] {
    const { dims } = this.input;
    if (dims.length >= least && dims.length <= most) return dims;
    return this.refuse(`must have an input of ${least}${most > least ? ` to ${most}` : ''} axes, got [${dims}]`);
  }

  option(name: string): unknown {
    return this.source.config[name] ?? undefined;
  }
  number(name: string, otherwise: number): number {
    const value = this.option(name) ?? otherwise;
    return typeof value === 'number' ? value : this.refuse(`${name} must be a number, got ${JSON.stringify(value)}`);
  }
  /** One number for both axes, or a number for each. */
  pair(name: string, otherwise: number): readonly [number, number] {
    const value = this.option(name) ?? otherwise;
    const [first, second = first] = Array.isArray(value) ? value : [value];
    const isPair = Number.isInteger(first) && Number.isInteger(second) && !(Array.isArray(value) && value.length > 2);
    return isPair ? [first, second] : this.refuse(`${name} must be a number or two, got ${JSON.stringify(value)}`);
  }
  /** An option must be one of these, or absent. */
  needOption(name: string, ...values: readonly unknown[]): void {
    const value = this.option(name);
    if (value === undefined || values.includes(value)) return;
    this.refuse(
      `${name} must be ${values.map((each) => JSON.stringify(each)).join(' or ')}, got ${JSON.stringify(value)}`,
    );
  }

  weight(name: string): SourceWeight | undefined {
    return this.source.weights.get(name);
  }
  needWeight(name: string, shape: readonly (number | undefined)[]): SourceWeight {
    const weight = this.weight(name) ?? this.refuse(`has no weight ${name}`);
    const fits =
      weight.shape.length === shape.length &&
      shape.every((size, at) => size === undefined || size === weight.shape[at]);
    if (fits) return weight;
    return this.refuse(`${name} must have the shape [${shape.map((size) => size ?? '?')}], got [${weight.shape}]`);
  }

  /** A node of this layer. */
  node(op: Node['op'], dims: readonly number[], rest: Partial<Node> = {}): Node {
    const { path } = this.source;
    return this.add({ path, op, inputs: this.inputs, activation: NO_ACTIVATION, dims, ...rest });
  }

  convolution(input: Node, dims: readonly number[], convolution: Convolution, window: Window = POINT): Node {
    return this.node('convolution', dims, { inputs: [input], convolution, window });
  }

  /** An activation function behind a node; softmax is an operation of its own. */
  activated(input: Node, activation: ActivationCall | 'softmax' | 'logSoftmax'): Node {
    const rest = { inputs: [input] };
    if (typeof activation === 'string') return this.node(activation, input.dims, rest);
    return activation.kind === 'none' ? input : this.node('activation', input.dims, { ...rest, activation });
  }

  /** A scale and shift for each channel. */
  scaled(input: Node, scale: Float32Array, shift: Float32Array): Node {
    const { channels } = exampleShape(input.dims);
    if (scale.length !== channels) this.refuse(`must have ${channels} channels, got ${scale.length}`);
    return this.node('scaleShift', input.dims, { inputs: [input], scale, shift });
  }
}
