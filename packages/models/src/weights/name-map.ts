/** Maps variables to the tensors of a file. */

import type { Layout } from './layouts.js';
import { namedVariables, type VariableKind, type WeightsTarget } from './named-variables.js';

/** A tensor of the file whose name alone does not determine its layout. */
export interface StoredTensor {
  name: string;
  /** Kind of the variable. Default: that of its layer, or `'other'` (no conversion) outside layers. */
  kind?: VariableKind;
}

/** Maps every variable to a tensor of a file. */
export interface NameMap {
  readonly layout: Layout;
  /** The tensor of a variable, such as `conv1.weight` for `first_conv/kernel`; undefined if there is none. */
  tensorOf(variable: string): string | StoredTensor | undefined;
  /** Glob patterns of tensors in the file to ignore. */
  readonly ignored?: readonly string[];
}

/** The same names, in tf.layers' layout: for files of `exportWeights` without a map, and for other tf.layers models. */
export const sameNames: NameMap = { layout: 'tensorflow', tensorOf: (variable) => variable };

/** PyTorch's names for the variables of tf.layers. */
const PYTORCH_WEIGHTS: Readonly<Record<string, string>> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
  embeddings: 'weight',
};

/** Options of `pytorchNames`. */
export interface PytorchNamesOptions {
  /** Prefix of all names in the file, such as DataParallel's `module.`. */
  prefix?: string;
}

/**
 * Maps a PyTorch state dict, given the module of each layer: with `first_conv` ↦ `conv1`, `first_conv/kernel` is
 * `conv1.weight`. Ignores BatchNorm's `num_batches_tracked`.
 *
 * @param moduleOf the module of each layer, as an object or a function
 */
export function pytorchNames(
  moduleOf: Readonly<Record<string, string>> | ((layer: string) => string | undefined),
  { prefix = '' }: PytorchNamesOptions = {},
): NameMap {
  const find =
    typeof moduleOf === 'function'
      ? moduleOf
      : (layer: string) => (Object.hasOwn(moduleOf, layer) ? moduleOf[layer] : undefined);
  return {
    layout: 'pytorch',
    ignored: ['**num_batches_tracked'],
    tensorOf(variable) {
      const slash = variable.lastIndexOf('/');
      const module = find(variable.slice(0, slash));
      const weight = PYTORCH_WEIGHTS[variable.slice(slash + 1)];
      return module === undefined || weight === undefined ? undefined : `${prefix}${module}.${weight}`;
    },
  };
}

/**
 * Maps between two models with the same variables under different names, by their order. For example, from a Keras
 * model loaded with `tf.loadLayersModel`.
 *
 * @throws RangeError if the models have different numbers of variables
 */
export function namesInOrder(target: WeightsTarget, source: WeightsTarget): NameMap {
  const [ours, theirs] = [target, source].map((side) => [...namedVariables(side).keys()]) as [string[], string[]];
  if (ours.length !== theirs.length) {
    throw new RangeError(`namesInOrder: the target has ${ours.length} variables, the source ${theirs.length}`);
  }
  const names = new Map(ours.map((name, index) => [name, theirs[index]!]));
  return { layout: 'tensorflow', tensorOf: (variable) => names.get(variable) };
}
