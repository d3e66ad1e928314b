import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '@winnow/native/value-checks';
import { type NamedArray, readSafetensors } from '@winnow/safetensors';
import picomatch from 'picomatch';
import { checkModel } from '../check-model.js';
import { writeImported } from '../write-variable.js';
import { checkNameMap, type NameMap, type StoredTensor, sameNames } from './name-map.js';
import { type NamedVariable, namedVariables, type WeightsTarget } from './named-variables.js';
import { fromStored, type StoredForm } from './stored-form.js';
import { refusalOf, storedTensor, variableForms } from './variable-forms.js';
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

/** A variable and the tensors whose sum is its new value. */
interface Assignment {
  readonly target: NamedVariable;
  readonly tensors: readonly (NamedArray | tf.Tensor)[];
  readonly form: StoredForm;
}

/**
 * Imports weights into a model or variables. Nothing changes unless every variable has a tensor of the right shape and
 * no tensor is left over. Under PyTorch's layout, kernels are transposed, and features that PyTorch flattens in another
 * order are put into it: kernels of dense layers, and BatchNorm's and other layers' weights between them. Where a model
 * does not tell that order, the variable is refused by name; the map can give it (`StoredTensor.order`).
 *
 * A layer's constraint (`kernelConstraint`, …) is applied to what its variable is given, as tf.layers does in
 * `setWeights` and when it loads a model: what the model computes is then what its saved files compute. Values that
 * meet it stay as they are to the last bit. To have others as they are, import into a model without the constraint.
 *
 * @param names maps variables to tensors and their layout; default: the same names, in tf.layers' layout
 * @throws WeightsError listing every missing, unexpected and misshapen tensor
 * @throws RangeError if a pattern of `skip` matches no variable
 */
export function importWeights(
  target: WeightsTarget,
  source: WeightsSource,
  names: NameMap = sameNames,
  options: ImportOptions = {},
): void {
  checkKeys('importWeights', 'options', options, ['skip']);
  checkNameMap('importWeights', names);
  const { skip = [] } = options;
  const tensors = tensorsOf(source, wantedNames(target, names, skip));
  for (const assignment of match(target, tensors, names, skip)) {
    tf.tidy(() => {
      const { variable, source } = assignment.target;
      const [first, ...others] = assignment.tensors.map(copied) as [tf.Tensor, ...tf.Tensor[]];
      const stored = others.reduce((sum, other) => tf.add(sum, other), first);
      const value = fromStored(stored, variable.shape, assignment.form);
      if (source) writeImported(source, variable, value);
      else variable.assign(value);
    });
  }
}

/** tfjs keeps the array it is given, and a tensor may belong to another variable that is updated in place. */
function copied(value: NamedArray | tf.Tensor): tf.Tensor {
  const values = value instanceof tf.Tensor ? value.dataSync() : value.values;
  return tf.tensor(values.slice(), value.shape);
}

/** Names of the tensors that variables need. */
function wantedNames(target: WeightsTarget, names: NameMap, skip: readonly string[]): ReadonlySet<string> {
  const variables = [...namedVariables(target, 'importWeights').values()];
  const isSkipped = matcher(skip, variables);
  const needed = variables.filter(({ name }) => !isSkipped(name));
  return new Set(needed.flatMap((variable) => tensorNames(storedTensor(names, variable))));
}

/** All tensors of the source by name; of those of a file that nobody wants there are only the names. */
function tensorsOf(
  source: WeightsSource,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, NamedArray | tf.Tensor | undefined> {
  if (typeof source === 'string') {
    const { arrays, skipped } = readSafetensors(source, { wanted: (name) => wanted.has(name) });
    return new Map([...arrays, ...skipped.map((name) => [name, undefined] as const)]);
  }
  if (source instanceof Map) return source as ReadonlyMap<string, NamedArray | tf.Tensor>;
  checkModel('importWeights', source, 'source');
  return new Map([...namedVariables(source)].map(([name, { variable }]) => [name, variable]));
}

function tensorNames(stored: StoredTensor | undefined): string[] {
  return stored === undefined ? [] : [stored.name, ...(stored.plus === undefined ? [] : [stored.plus])];
}

function match(
  target: WeightsTarget,
  tensors: ReadonlyMap<string, NamedArray | tf.Tensor | undefined>,
  names: NameMap,
  skip: readonly string[],
): Assignment[] {
  const variables = [...namedVariables(target, 'importWeights').values()];
  const isSkipped = matcher(skip, variables);
  const formOf = variableForms('importWeights', target, names);
  const used = new Set<string>();
  const assignments: Assignment[] = [];
  const [missing, misshapen, unknown]: [string[], string[], string[]] = [[], [], []];
  for (const variable of variables) {
    const { name, variable: own } = variable;
    const stored = storedTensor(names, variable);
    const wanted = tensorNames(stored);
    for (const tensor of wanted) used.add(tensor);
    if (isSkipped(name)) continue;
    const form = formOf(variable, stored);
    if ('refused' in form) {
      unknown.push(`${name}: ${refusalOf(form)}`);
      continue;
    }
    if (stored === undefined) missing.push(`${name} (not in the name map)`);
    const found = wanted.flatMap((tensor) => {
      const value = tensors.get(tensor);
      if (value === undefined) missing.push(`${tensor} (for ${name})`);
      const fault = value && faultOf(value, form.shape, own.dtype);
      if (fault) misshapen.push(`${tensor} (for ${name}): ${fault}`);
      return value && !fault ? [value] : [];
    });
    if (found.length > 0 && found.length === wanted.length)
      assignments.push({ target: variable, tensors: found, form });
  }
  const isIgnored = names.ignored?.length ? picomatch([...names.ignored]) : () => false;
  const unexpected = [...tensors.keys()].filter((name) => !used.has(name) && !isIgnored(name));
  if (missing.length + misshapen.length + unexpected.length + unknown.length > 0) {
    throw new WeightsError('importWeights', { missing, unexpected, misshapen, unknown });
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
