import { NetworkPlan, type NetworkPlanOptions } from '@winnow/native';
import type { Port } from './lower/lower.js';
import type { Program } from './program.js';

/** A result. */
export interface Tensor {
  readonly name: string;
  /** [batch, …] */
  readonly shape: readonly number[];
  /** Row by row. */
  readonly data: Float32Array;
}

/**
 * What goes in: the one input, all in the order of `session.inputs`, or all by their names. Each is [batch, …] of its
 * shape, row by row; how many examples there are follows from its length.
 */
export type SessionInputs = Float32Array | readonly Float32Array[] | Readonly<Record<string, Float32Array>>;

/** A compiled network. Runs may overlap; several sessions may run at once, also in several worker threads. */
export class Session {
  /** What goes in, without the batch. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * Layers with weights; of them those that leave zeros out, in blocks of sixteen examples and one by one.
   */
  readonly layers: NetworkPlan['layers'];
  readonly #plan: NetworkPlan;

  /** @internal */
  constructor(
    { program, weights }: Program,
    inputs: readonly Port[],
    outputs: readonly Port[],
    options: NetworkPlanOptions,
  ) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.#plan = new NetworkPlan(program, weights, options);
    this.layers = this.#plan.layers;
  }

  /**
   * Runs the network on another thread; the event loop goes on. The inputs are copied before it returns.
   *
   * @returns the outputs in the order of `session.outputs`
   * @throws TypeError or RangeError for inputs that do not fit; Error after `dispose`
   */
  async run(inputs: SessionInputs): Promise<Tensor[]> {
    const { batch, arrays } = this.#read(inputs);
    return this.#tensors(batch, await this.#plan.run(batch, arrays));
  }

  /** The same on this thread: less to wait for, with one example. */
  runSync(inputs: SessionInputs): Tensor[] {
    const { batch, arrays } = this.#read(inputs);
    return this.#tensors(batch, this.#plan.runSync(batch, arrays));
  }

  /** Frees its memory now, rather than with the garbage. Runs that are under way end well; later ones throw. */
  dispose(): void {
    this.#plan.dispose();
  }

  #tensors(batch: number, outputs: readonly Float32Array[]): Tensor[] {
    return outputs.map((data, at) => {
      const { name, dims } = this.outputs[at] as Port;
      return { name, shape: [batch, ...dims], data };
    });
  }

  #read(inputs: SessionInputs): { batch: number; arrays: Float32Array[] } {
    const arrays = this.#arrays(inputs);
    let batch: number | undefined;
    for (const [at, { name, dims }] of this.inputs.entries()) {
      const array = arrays[at];
      if (!(array instanceof Float32Array)) {
        throw new TypeError(`session.run: ${name} must be a Float32Array, got ${typeof array}`);
      }
      const size = dims.reduce((product, axis) => product * axis, 1);
      const examples = array.length / size;
      if (!Number.isInteger(examples)) {
        throw new RangeError(
          `session.run: ${name} must have a multiple of ${dims.join(' × ')} = ${size} elements, got ${array.length}`,
        );
      }
      if (batch !== undefined && batch !== examples) {
        throw new RangeError(`session.run: ${name} must have ${batch} examples, as the input before, got ${examples}`);
      }
      batch = examples;
    }
    return { batch: batch ?? 0, arrays };
  }

  #arrays(inputs: SessionInputs): Float32Array[] {
    const names = this.inputs.map(({ name }) => name);
    if (inputs instanceof Float32Array) return this.#counted([inputs]);
    if (Array.isArray(inputs)) return this.#counted([...inputs]);
    if (typeof inputs !== 'object' || inputs === null) {
      throw new TypeError(`session.run: inputs must be Float32Arrays of ${names.join(', ')}, got ${inputs}`);
    }
    const byName = inputs as Readonly<Record<string, Float32Array>>;
    const unknown = Object.keys(byName).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new RangeError(`session.run: there is no input '${unknown}'; the inputs are ${names.join(', ')}`);
    }
    return names.map((name) => byName[name] as Float32Array);
  }

  #counted(arrays: Float32Array[]): Float32Array[] {
    if (arrays.length === this.inputs.length) return arrays;
    const names = this.inputs.map(({ name }) => name).join(', ');
    throw new RangeError(`session.run: inputs must be ${this.inputs.length} (${names}), got ${arrays.length}`);
  }
}
