import * as tf from '@tensorflow/tfjs';
import { type NamedArray, readSafetensors } from '@winnow/safetensors';
import picomatch from 'picomatch';
import { fromStored, storedShape } from './layouts.js';
import { type NameMap, type StoredTensor, sameNames } from './name-map.js';
import { type NamedVariable, namedVariables, type WeightsTarget } from './named-variables.js';
import { WeightsError } from './weights-error.js';

/** Source of weights: path of a safetensors file, arrays or tensors by name, or a tf.layers model. */
export type WeightsSource = string | ReadonlyMap<string, NamedArray | tf.Tensor> | tf.LayersModel;

/** Options of `importWeights`. */
export interface ImportOptions {
  /**
   * Glob patterns of variables that keep their values, such as `logits/*` for other classes. Their tensors may be
   * missing.
   */
  skip?: readonly string[];
}

/** A variable and its new value. */
interface Assignment {
  readonly target: NamedVariable;
  readonly value: NamedArray | tf.Tensor;
}

/**
 * Imports weights into a model or variables. Nothing changes unless every variable has a tensor of the right shape and
 * no tensor is left over.
 *
 * @param names maps variables to tensors and their layout; default: the same names, in tf.layers' layout
 * @throws WeightsError listing every missing, unexpected and misshapen tensor
 * @throws RangeError if a pattern of `skip` matches no variable
 */
export function importWeights(
  target: WeightsTarget,
  source: WeightsSource,
  names: NameMap = sameNames,
  { skip = [] }: ImportOptions = {},
): void {
  const tensors = tensorsOf(source);
  for (const assignment of match(target, tensors, names, skip)) {
    tf.tidy(() => {
      const { value } = assignment;
      // A copy: tfjs keeps the array, and the tensor may belong to another variable that is updated in place.
      const values = value instanceof tf.Tensor ? value.dataSync() : value.values;
      const stored = tf.tensor(values.slice(), value.shape);
      assignment.target.variable.assign(fromStored(stored, kernelOf(assignment.target, names), names.layout));
    });
  }
}

function tensorsOf(source: WeightsSource): ReadonlyMap<string, NamedArray | tf.Tensor> {
  if (typeof source === 'string') return readSafetensors(source).arrays;
  if (source instanceof Map) return source as ReadonlyMap<string, NamedArray | tf.Tensor>;
  return new Map([...namedVariables(source as tf.LayersModel)].map(([name, { variable }]) => [name, variable]));
}

function match(
  target: WeightsTarget,
  tensors: ReadonlyMap<string, NamedArray | tf.Tensor>,
  names: NameMap,
  skip: readonly string[],
): Assignment[] {
  const variables = [...namedVariables(target).values()];
  const isSkipped = matcher(skip, variables);
  const used = new Set<string>();
  const assignments: Assignment[] = [];
  const [missing, misshapen]: [string[], string[]] = [[], []];
  for (const variable of variables) {
    const tensor = tensorName(names, variable.name);
    if (tensor !== undefined) used.add(tensor);
    if (isSkipped(variable.name)) continue;
    const value = tensor === undefined ? undefined : tensors.get(tensor);
    if (value === undefined) {
      missing.push(
        tensor === undefined ? `${variable.name} (not in the name map)` : `${tensor} (for ${variable.name})`,
      );
      continue;
    }
    const expected = storedShape(variable.variable.shape, kernelOf(variable, names), names.layout);
    const fault = faultOf(value, expected, variable.variable.dtype);
    if (fault) misshapen.push(`${tensor} (for ${variable.name}): ${fault}`);
    else assignments.push({ target: variable, value });
  }
  const isIgnored = names.ignored?.length ? picomatch([...names.ignored]) : () => false;
  const unexpected = [...tensors.keys()].filter((name) => !used.has(name) && !isIgnored(name));
  if (missing.length + misshapen.length + unexpected.length > 0) {
    throw new WeightsError('importWeights', { missing, unexpected, misshapen });
  }
  return assignments;
}

function matcher(skip: readonly string[], variables: readonly NamedVariable[]): (name: string) => boolean {
  const patterns = skip.map((pattern) => picomatch(pattern));
  patterns.forEach((isMatch, index) => {
    if (!variables.some(({ name }) => isMatch(name))) {
      throw new RangeError(`importWeights: skip pattern '${skip[index]}' matches no variable`);
    }
  });
  return (name) => patterns.some((isMatch) => isMatch(name));
}

function faultOf(value: NamedArray | tf.Tensor, expected: readonly number[], dtype: string): string | undefined {
  if (String(value.shape) !== String(expected) || value.shape.length !== expected.length) {
    return `shape [${value.shape}], expected [${expected}]`;
  }
  const found = value instanceof tf.Tensor ? value.dtype : value.values instanceof Float32Array ? 'float32' : 'int32';
  return found === dtype ? undefined : `${found}, expected ${dtype}`;
}

/** The name of a variable's tensor in the file; undefined if the map has none. */
export function tensorName(names: NameMap, variable: string): string | undefined {
  const tensor = names.tensorOf(variable);
  return typeof tensor === 'object' ? tensor.name : tensor;
}

/** The kind of a variable, from the name map if it says, otherwise from its layer. */
export function kernelOf(variable: NamedVariable, names: NameMap): Pick<NamedVariable, 'kind' | 'flattened'> {
  const { kind } = (names.tensorOf(variable.name) ?? {}) as Partial<StoredTensor>;
  return kind === undefined ? variable : { ...variable, kind };
}
