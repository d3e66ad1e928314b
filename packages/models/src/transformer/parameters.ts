import * as tf from '@tensorflow/tfjs';
import { kernelIdOf, philox4x32, seedToKey } from '@winnow/ops/philox';

/**
 * Fourth word of the Philox counter for initial weights. Mask counters have the kernel's id and the step there, so the
 * two never share random bits.
 */
const INITIAL = 0x696e6974;

/**
 * The variables of a model by path, in order of creation. Initial values depend only on the seed and the path: they are
 * the same on every machine, and adding a layer does not change those of others.
 */
export class Parameters {
  private readonly variables = new Map<string, tf.Variable>();
  private readonly key: [number, number];

  constructor(seed: number) {
    this.key = seedToKey(seed);
  }

  /** Glorot-uniform in ±√(6/(in + out)), for a kernel `[in, out]` (Glorot and Bengio 2010). */
  glorot(path: string, fanIn: number, units: number): void {
    const limit = Math.sqrt(6 / (fanIn + units));
    const values = new Float32Array(fanIn * units);
    this.draw(path, values.length, (i, u) => {
      values[i] = (2 * u - 1) * limit;
    });
    this.add(path, values, [fanIn, units]);
  }

  /** Normal with mean 0 and the given standard deviation, by Box–Muller. */
  normal(path: string, shape: number[], deviation: number): void {
    const size = shape.reduce((product, axis) => product * axis, 1);
    const values = new Float32Array(size + (size % 2));
    let radius = 0;
    this.draw(path, values.length, (i, u) => {
      if (i % 2 === 0) {
        radius = deviation * Math.sqrt(-2 * Math.log(1 - u));
        return;
      }
      values[i - 1] = radius * Math.cos(2 * Math.PI * u);
      values[i] = radius * Math.sin(2 * Math.PI * u);
    });
    this.add(path, values.subarray(0, size), shape);
  }

  constant(path: string, size: number, value: number): void {
    this.add(path, new Float32Array(size).fill(value), [size]);
  }

  get(path: string): tf.Variable {
    const variable = this.variables.get(path);
    if (variable === undefined) throw new RangeError(`Parameters: there is no ${path}`);
    return variable;
  }

  all(): ReadonlyMap<string, tf.Variable> {
    return this.variables;
  }

  private add(path: string, values: Float32Array, shape: number[]): void {
    // tfjs refuses a second variable of the same name. The first model of a process uses the paths as names, for
    // checkpoints.
    const taken = tf.engine().state.registeredVariables;
    let name = path;
    for (let n = 1; taken[name] !== undefined; n++) name = `${path}_${n}`;
    this.variables.set(
      path,
      tf.tidy(() => tf.variable(tf.tensor(values, shape), true, name)),
    );
  }

  /** Calls `use` with the index of each element and a uniform number in [0, 1). */
  private draw(path: string, size: number, use: (element: number, uniform: number) => void): void {
    const words = new Uint32Array(4);
    const id = kernelIdOf(path);
    for (let i = 0; i < size; i++) {
      if (i % 4 === 0) philox4x32(words, [i / 4, 0, id, INITIAL], this.key);
      use(i, (words[i % 4] as number) / 2 ** 32);
    }
  }
}
