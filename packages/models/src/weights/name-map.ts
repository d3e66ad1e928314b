/** Which tensor of a file belongs to which variable. */

import type { Layout } from './layouts.js';
import { namedVariables, type VariableKind, type WeightsTarget } from './named-variables.js';

/** A tensor of the file, where its name alone does not tell how it is stored. */
export interface StoredTensor {
  name: string;
  /** What the variable is. Default: what its layer is; `'other'`, stored as it is, for variables outside of layers. */
  kind?: VariableKind;
}

/** Says for every variable which tensor of a file it is. */
export interface NameMap {
  readonly layout: Layout;
  /** The tensor of a variable, such as `conv1.weight` for `first_conv/kernel`; undefined if the map knows none. */
  tensorOf(variable: string): string | StoredTensor | undefined;
  /** Glob patterns of tensors in the file that no variable needs. */
  readonly ignored?: readonly string[];
}

/** Names as they are, stored as tf.layers stores: what `exportWeights` writes without a map, and other tf.layers models have. */
export const sameNames: NameMap = { layout: 'tensorflow', tensorOf: (variable) => variable };

/** PyTorch's names of tf.layers' variables. */
const PYTORCH_WEIGHTS: Readonly<Record<string, string>> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
  embeddings: 'weight',
};

/** What `pytorchNames` may be told. */
export interface PytorchNamesOptions {
  /** What all names in the file begin with, such as DataParallel's `module.`. */
  prefix?: string;
}

/**
 * A map to a PyTorch state dict from the names of layers to those of modules: with `first_conv` ↦ `conv1`,
 * `first_conv/kernel` is `conv1.weight`. BatchNorm's `num_batches_tracked` is ignored.
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
 * A map between two models with the same variables under other names, such as one made by Keras and loaded with
 * `tf.loadLayersModel`: the first belongs to the first, the second to the second, and so on.
 *
 * @throws RangeError if they do not have equally many
 */
export function namesInOrder(target: WeightsTarget, source: WeightsTarget): NameMap {
  const [ours, theirs] = [target, source].map((side) => [...namedVariables(side).keys()]) as [string[], string[]];
  if (ours.length !== theirs.length) {
    throw new RangeError(`namesInOrder: the target has ${ours.length} variables, the source ${theirs.length}`);
  }
  const names = new Map(ours.map((name, index) => [name, theirs[index]!]));
  return { layout: 'tensorflow', tensorOf: (variable) => names.get(variable) };
}
