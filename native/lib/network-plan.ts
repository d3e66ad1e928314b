import { EXECUTION_CODE, type NativeNetwork } from './binding.js';
import { nativeBinding } from './load.js';
import { checkChoice, checkInteger, checkKeys, productOf } from './value-checks.js';

/** One example's numbers, [height, width, channels]; a vector is 1 × 1 × channels. */
export interface ExampleShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface NetworkPlanOptions {
  /** Threads of its own that runs share, in [1, 1024]; 1: the calling thread alone. Default: the addon's own pool. */
  threads?: number;
  /**
   * Whether layers with weights leave out those that are 0: `'auto'` (default) where that is faster. For tests and
   * measurements: `'sparse'`, `'dense'`.
   */
  execution?: 'auto' | 'sparse' | 'dense';
}

/**
 * A network as numbers, made ready to run: checked, its weights packed, its memory laid out. What is in `program` and
 * `weights` is copied.
 *
 * A program is a row of nodes, each: op, activation, alpha, number of inputs, the inputs (numbers of earlier nodes),
 * and what the op adds (native/src/plan/network.h says what each computes, parse_network.cc what each adds).
 */
export class NetworkPlan {
  readonly inputs: readonly ExampleShape[];
  readonly outputs: readonly ExampleShape[];
  /** Layers with weights; of them those that leave zeros out, in blocks of sixteen examples and one by one. */
  readonly layers: { readonly count: number; readonly sparseInBlocks: number; readonly sparseAlone: number };
  readonly #plan: NativeNetwork;
  #isDisposed = false;

  /** @throws {TypeError | RangeError} that names the node, its argument, the range and the value. */
  constructor(program: Float64Array, weights: Float32Array, options: NetworkPlanOptions = {}) {
    const op = 'NetworkPlan';
    checkKeys(op, 'options', options, ['threads', 'execution']);
    const { threads, execution = 'auto' } = options;
    if (threads !== undefined) checkInteger(op, 'threads', threads, 1, 1024);
    checkChoice(op, 'execution', execution, ['auto', 'sparse', 'dense']);
    const binding = nativeBinding();
    this.#plan = binding.networkPlan(program, weights, threads ?? 0, EXECUTION_CODE[execution]);
    const [count = 0, sparseInBlocks = 0, sparseAlone = 0, ...numbers] = binding.networkInfo(this.#plan);
    this.layers = { count, sparseInBlocks, sparseAlone };
    const shapes = () =>
      Array.from({ length: numbers.shift() as number }, () => {
        const [height = 0, width = 0, channels = 0] = numbers.splice(0, 3);
        return { height, width, channels };
      });
    this.inputs = shapes();
    this.outputs = shapes();
  }

  /**
   * Runs on the calling thread, and on the pool's.
   * @param inputs [batch, …] each
   * @returns the outputs, [batch, …] each
   * @throws {TypeError | RangeError} for a bad argument; Error after `dispose`
   */
  runSync(batch: number, inputs: readonly Float32Array[]): Float32Array[] {
    const outputs = this.#outputs(batch, inputs);
    nativeBinding().networkRun(this.#plan, batch, ...inputs, ...outputs);
    return outputs;
  }

  /** The same on another thread. The inputs are copied before it returns. */
  async run(batch: number, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
    const outputs = this.#outputs(batch, inputs);
    await nativeBinding().networkRunAsync(this.#plan, batch, ...inputs, ...outputs);
    return outputs;
  }

  /** Frees its memory. Runs that are under way end well, later ones throw. */
  dispose(): void {
    this.#isDisposed = true;
    nativeBinding().networkDispose(this.#plan);
  }

  #outputs(batch: number, inputs: readonly Float32Array[]): Float32Array[] {
    const op = 'NetworkPlan';
    if (this.#isDisposed) throw new Error(`${op}: it was disposed of`);
    checkInteger(op, 'batch', batch, 0, 2 ** 31);
    if (!Array.isArray(inputs) || inputs.length !== this.inputs.length) {
      const count = Array.isArray(inputs) ? inputs.length : typeof inputs;
      throw new TypeError(`${op}: inputs must be an array of ${this.inputs.length} Float32Arrays, got ${count}`);
    }
    return this.outputs.map(
      ({ height, width, channels }) => new Float32Array(productOf(op, 'output', batch, height, width, channels)),
    );
  }
}
