/** Maps variables to the tensors of a file. */

import { checkInteger, checkKeys } from '@winnow/native/value-checks';
import { namedVariables, type WeightsTarget } from './named-variables.js';
import type { Layout } from './stored-form.js';

/** Kind of a variable. PyTorch stores `'convolution'` and `'linear'` kernels in another layout. */
export type VariableKind = 'convolution' | 'linear' | 'other';

/**
 * Order of the features that a layer reads: `order[i]` is the number of feature `i` in the file; `'same'` if it is `i`.
 */
export type FeatureOrder = readonly number[] | 'same';

/** A tensor of the file whose name alone does not determine its layout. */
export interface StoredTensor {
  name: string;
  /** Kind of the variable. Default: that of its layer, or `'other'` (no conversion) outside layers. */
  kind?: VariableKind;
  /** Order of the features along the variable. Default: found in the model, from the layers before. */
  order?: FeatureOrder;
  /** A second tensor, which is added: PyTorch's recurrent layers have two biases. Zeros are exported. */
  plus?: string;
}

/** Maps every variable to a tensor of a file. */
export interface NameMap {
  readonly layout: Layout;
  /**
   * The tensor of a variable, such as `conv1.weight` for `first_conv/kernel`; undefined if there is none.
   *
   * @param layerClass the class of the variable's layer, such as `LSTM`; undefined outside of layers
   */
  tensorOf(variable: string, layerClass?: string): string | StoredTensor | undefined;
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
  alpha: 'weight',
  depthwise_kernel: 'weight',
};

/** Those of the recurrent layers, which PyTorch numbers: its modules may hold a stack of them. */
const RECURRENT: Readonly<Record<string, string>> = { kernel: 'weight_ih', recurrent_kernel: 'weight_hh' };
const RECURRENT_LAYERS: ReadonlySet<string> = new Set(['LSTM', 'SimpleRNN', 'GRU']);

/**
 * A module of PyTorch by its name; of one that stacks recurrent layers (`num_layers`), the layer with this number, from
 * 0. A name alone is its first layer.
 */
export type PytorchModule = string | { readonly module: string; readonly layer: number };

/** Options of `pytorchNames`. */
export interface PytorchNamesOptions {
  /** Prefix of all names in the file, such as DataParallel's `module.`. */
  prefix?: string;
  /**
   * Orders of features by variable, such as `fc/kernel`, where the model does not tell them or the PyTorch network does
   * something of its own.
   */
  orders?: Readonly<Record<string, FeatureOrder>>;
}

/**
 * Maps a PyTorch state dict, given the module of each layer: with `first_conv` ↦ `conv1`, `first_conv/kernel` is
 * `conv1.weight`. Ignores BatchNorm's `num_batches_tracked`. An LSTM or SimpleRNN is its module's first layer
 * (`…_l0`), and within Bidirectional both directions of it; with `{ module: 'lstm', layer: 1 }` the second (`…_l1`). A
 * SeparableConv2D `sep` is two modules: give `sep/depthwise` and `sep/pointwise`.
 *
 * @param moduleOf the module of each layer, as an object or a function
 * @throws RangeError for an option that does not exist, or a layer's number that is no integer ≥ 0
 */
export function pytorchNames(
  moduleOf: Readonly<Record<string, PytorchModule>> | ((layer: string) => PytorchModule | undefined),
  options: PytorchNamesOptions = {},
): NameMap {
  return namesOfModules('pytorchNames', moduleOf, options);
}

/** @throws TypeError unless it is a name map */
export function checkNameMap(op: string, names: unknown): void {
  const { layout, tensorOf } = (names ?? {}) as Partial<NameMap>;
  if ((layout === 'pytorch' || layout === 'tensorflow') && typeof tensorOf === 'function') return;
  throw new TypeError(
    `${op}: names must be a name map with layout and tensorOf, such as pytorchNames gives, got ${names}`,
  );
}

/** As `pytorchNames`, for another function that errors name. */
export function namesOfModules(
  op: string,
  moduleOf: Readonly<Record<string, PytorchModule>> | ((layer: string) => PytorchModule | undefined),
  options: PytorchNamesOptions = {},
): NameMap {
  if (typeof moduleOf !== 'function' && (typeof moduleOf !== 'object' || moduleOf === null)) {
    throw new TypeError(`${op}: moduleOf must be an object from layers to modules, or a function, got ${moduleOf}`);
  }
  checkKeys(op, 'options', options, ['prefix', 'orders']);
  const { prefix = '', orders = {} } = options;
  if (typeof moduleOf !== 'function')
    for (const [layer, module] of Object.entries(moduleOf)) checkModule(op, layer, module);
  const find =
    typeof moduleOf === 'function'
      ? moduleOf
      : (layer: string) => (Object.hasOwn(moduleOf, layer) ? moduleOf[layer] : undefined);
  const named = (layer: string, weight: string | undefined): StoredTensor | undefined => {
    const module = find(layer);
    if (module === undefined || weight === undefined) return undefined;
    if (typeof module === 'string') return { name: `${prefix}${module}.${weight}` };
    throw new RangeError(`${op}: '${layer}' is no LSTM or SimpleRNN, so it is no layer ${module.layer} of a stack`);
  };
  const recurrent = (layer: string, weight: string): StoredTensor | undefined => {
    const found = find(layer);
    if (found === undefined) return undefined;
    checkModule(op, layer, found);
    const { module, layer: number } = typeof found === 'string' ? { module: found, layer: 0 } : found;
    return recurrentTensor(`${prefix}${module}`, number, weight);
  };
  const tensorOf = (layer: string, weight: string, layerClass?: string): StoredTensor | undefined => {
    if (layerClass !== undefined && RECURRENT_LAYERS.has(layerClass)) return recurrent(layer, weight);
    if (layerClass !== 'SeparableConv2D') return named(layer, PYTORCH_WEIGHTS[weight]);
    if (weight === 'depthwise_kernel') return named(`${layer}/depthwise`, 'weight');
    return named(`${layer}/pointwise`, weight === 'pointwise_kernel' ? 'weight' : PYTORCH_WEIGHTS[weight]);
  };
  return {
    layout: 'pytorch',
    ignored: ['**num_batches_tracked'],
    tensorOf(variable, layerClass) {
      const slash = variable.lastIndexOf('/');
      const tensor = tensorOf(variable.slice(0, slash), variable.slice(slash + 1), layerClass);
      const order = Object.hasOwn(orders, variable) ? orders[variable] : undefined;
      if (tensor && order === undefined && tensor.plus === undefined) return tensor.name;
      return tensor && order !== undefined ? { ...tensor, order } : tensor;
    },
  };
}

/** Bidirectional's second half is `kernel_2` here and `…_reverse` there. */
function recurrentTensor(module: string, layer: number, weight: string): StoredTensor | undefined {
  const [, base = '', second] = /^(.*?)(_2)?$/.exec(weight) ?? [];
  const suffix = `_l${layer}${second ? '_reverse' : ''}`;
  if (base === 'bias') return { name: `${module}.bias_ih${suffix}`, plus: `${module}.bias_hh${suffix}` };
  const name = RECURRENT[base];
  return name === undefined ? undefined : { name: `${module}.${name}${suffix}` };
}

/** @throws TypeError or RangeError unless it names a module, and a layer's number if any */
function checkModule(op: string, layer: string, module: unknown): void {
  if (typeof module === 'string') return;
  const { module: name, layer: number } = (module ?? {}) as { module?: unknown; layer?: unknown };
  if (typeof name !== 'string') {
    throw new TypeError(`${op}: the module of '${layer}' must be a name or {module, layer}, got ${module}`);
  }
  checkKeys(op, `the module of '${layer}'`, module, ['module', 'layer']);
  checkInteger(op, `the layer of '${layer}'`, number, 0, 2 ** 31 - 1);
}

/**
 * Maps between two models with the same variables under different names, by their order. For example, from a Keras
 * model loaded with `tf.loadLayersModel`.
 *
 * @throws RangeError if the models have different numbers of variables
 */
export function namesInOrder(target: WeightsTarget, source: WeightsTarget): NameMap {
  const [ours, theirs] = [target, source].map((side) => [...namedVariables(side, 'namesInOrder').keys()]) as [
    string[],
    string[],
  ];
  if (ours.length !== theirs.length) {
    throw new RangeError(`namesInOrder: the target has ${ours.length} variables, the source ${theirs.length}`);
  }
  const names = new Map(ours.map((name, index) => [name, theirs[index]!]));
  return { layout: 'tensorflow', tensorOf: (variable) => names.get(variable) };
}
