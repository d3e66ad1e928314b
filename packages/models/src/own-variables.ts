import * as tf from '@tensorflow/tfjs';
import type { OwnTensors, OwnVariable, OwnVariableRequest, WeightTransform } from '@winnow/ops';

/** A variable that a method keeps for one kernel. */
export interface AppliedVariable {
  /** Path of the kernel. */
  readonly path: string;
  /** The method's name for the variable. */
  readonly name: string;
  readonly variable: tf.Variable;
  readonly trainable: boolean;
  readonly decayed: boolean;
}

/** Values in a saved model's metadata: base64 of float32, or of bits if all values are 0 or 1. */
interface EncodedVariable {
  path: string;
  name: string;
  kind: 'float32' | 'bits';
  values: string;
}

/** What a transform declares, without what it made on the way. */
function declaredBy(transform: WeightTransform, request: OwnVariableRequest): Readonly<Record<string, OwnVariable>> {
  let declared: Readonly<Record<string, OwnVariable>> = {};
  tf.tidy(() => {
    declared = transform.variables?.(request) ?? {};
    return Object.values(declared).map(({ initial }) => initial);
  });
  return declared;
}

/** A method's own variables in one model, such as gates, log σ² or masks. */
export class OwnVariables {
  readonly list: readonly AppliedVariable[];
  /** By the kernel's path, then by name. Every kernel has an entry. */
  readonly byPath: ReadonlyMap<string, Readonly<Record<string, tf.Variable>>>;

  /** @param kernels all kernels of the model by path, in layer order */
  constructor(transform: WeightTransform, kernels: ReadonlyMap<string, tf.Tensor>) {
    const list: AppliedVariable[] = [];
    this.list = list;
    try {
      for (const [path, kernel] of kernels) {
        const declared = declaredBy(transform, { path, kernel, kernels });
        for (const [name, { initial, trainable = false, decayed = false }] of Object.entries(declared)) {
          list.push({ path, name, variable: tf.variable(initial, trainable), trainable, decayed });
          initial.dispose();
        }
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
    const named = (path: string) =>
      list.filter((entry) => entry.path === path).map((entry) => [entry.name, entry.variable]);
    this.byPath = new Map([...kernels.keys()].map((path) => [path, Object.fromEntries(named(path))]));
  }

  of(path: string): OwnTensors {
    return this.byPath.get(path) ?? {};
  }

  /** @param paths other names for the kernels' paths */
  encode(paths?: ReadonlyMap<string, string>): EncodedVariable[] {
    return this.list.map(({ path: own, name, variable }) => {
      const path = paths?.get(own) ?? own;
      const values = variable.dataSync() as Float32Array;
      const isMask = values.every((value) => value === 0 || value === 1);
      const bytes = isMask ? packBits(values) : new Uint8Array(values.slice().buffer);
      return { path, name, kind: isMask ? 'bits' : 'float32', values: toBase64(bytes) };
    });
  }

  /** @throws RangeError if `encoded` does not hold the values of these variables */
  decode(encoded: unknown): void {
    const saved = new Map((encoded as EncodedVariable[]).map((entry) => [`${entry.path} ${entry.name}`, entry]));
    for (const { path, name, variable } of this.list) {
      const entry = saved.get(`${path} ${name}`);
      if (entry === undefined)
        throw new RangeError(`loadModel: the saved model has no variable '${name}' of '${path}'`);
      const bytes = fromBase64(entry.values);
      const expected = entry.kind === 'bits' ? Math.ceil(variable.size / 8) : variable.size * 4;
      if (bytes.length !== expected) {
        throw new RangeError(`loadModel: '${name}' of '${path}' must have ${expected} bytes, got ${bytes.length}`);
      }
      const values = entry.kind === 'bits' ? unpackBits(bytes, variable.size) : new Float32Array(bytes.buffer);
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    }
  }

  dispose(): void {
    for (const { variable } of this.list) variable.dispose();
  }
}

function packBits(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value === 1) bytes[i >> 3] = (bytes[i >> 3] as number) | (1 << (i & 7));
  });
  return bytes;
}

function unpackBits(bytes: Uint8Array, size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => ((bytes[i >> 3] as number) >> (i & 7)) & 1);
}

/** In chunks, because a function call cannot take all bytes as arguments. */
function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
