/** Converts the topology of a Keras 3 model to the form that tf.layers reads: that of Keras 2. */

import * as tf from '@tensorflow/tfjs';
import { checkLayer } from './differences.js';

type Json = Record<string, unknown>;

/** A tensor between layers: layer, call, output. */
type Connection = [layer: string, call: number, output: number];

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a topology is one of Keras 3: it says so, or it names modules. */
export function isKeras3(topology: unknown): topology is Json {
  if (!isObject(topology)) return false;
  if (typeof topology['keras_version'] === 'string') return topology['keras_version'].startsWith('3.');
  const model = modelOf(topology);
  const { layers } = (isObject(model['config']) ? model['config'] : {}) as { layers?: unknown };
  return Array.isArray(layers) && layers.some((layer) => isObject(layer) && 'module' in layer);
}

/** The model of a topology with or without the versions around it. */
const modelOf = (topology: Json): Json => (isObject(topology['model_config']) ? topology['model_config'] : topology);

/**
 * The topology in Keras 2's form.
 *
 * @throws RangeError naming the layer that tf.layers has not, or computes otherwise than Keras 3
 */
export function keras2Topology(topology: Json): Json {
  return convertedLayer(modelOf(topology), 'the model', new Map());
}

/** @param classes of the layers beside it, by name */
function convertedLayer(layer: Json, path: string, classes: ReadonlyMap<unknown, unknown>): Json {
  const { class_name, config, inbound_nodes, name } = layer;
  if (typeof class_name !== 'string' || !isObject(config)) {
    throw new RangeError(`loadModel: ${path} has no class_name and config`);
  }
  const own = typeof config['name'] === 'string' ? `layer '${config['name']}'` : path;
  checkClass(layer, class_name, own);
  checkLayer(class_name, config, own, true);
  const nodes = Array.isArray(inbound_nodes)
    ? inbound_nodes.map((node) => convertedNode(node, own, classes))
    : undefined;
  return {
    class_name,
    config: convertedConfig(class_name, config, own),
    ...(name !== undefined && { name }),
    ...(nodes && { inbound_nodes: nodes }),
  };
}

function checkClass({ module }: Json, className: string, layer: string): void {
  const registered = tf.serialization.SerializationMap.getMap().classNameMap;
  const isOperation = typeof module === 'string' && module.startsWith('keras.src.ops');
  if (Object.hasOwn(registered, className) && !isOperation) return;
  const what = isOperation ? `the operation ${className} of Keras, not a layer` : `a ${className}`;
  throw new RangeError(
    `loadModel: ${layer} is ${what}, which tf.layers does not have; ` +
      'build the model from its layers, or register a class with tf.serialization.registerClass',
  );
}

function convertedConfig(className: string, config: Json, layer: string): Json {
  const converted: Json = {};
  const inner = (config['layers'] ?? []) as Json[];
  const classes = new Map(inner.map(({ name, class_name }) => [name, class_name]));
  for (const [key, value] of Object.entries(config)) {
    if (key === 'dtype') converted[key] = dtypeOf(value, layer);
    else if (key === 'batch_shape') converted['batch_input_shape'] = value;
    else if (key === 'layers') converted[key] = inner.map((one) => convertedLayer(one, layer, classes));
    else if (key === 'layer' || key === 'backward_layer')
      converted[key] = convertedLayer(value as Json, layer, classes);
    else if (key === 'cell' || key === 'cells')
      converted[key] = [value].flat().map((cell) => convertedLayer(cell as Json, layer, classes));
    else if (key === 'input_layers' || key === 'output_layers') {
      // Here Keras 3 counts the call that a nested model is made of, of a Sequential not.
      converted[key] = connections(value).map((end) => laterCall(end, classes, ['Sequential']));
    } else converted[key] = plain(key === 'activation' && value === 'silu' ? 'swish' : value);
  }
  if (!Array.isArray(config['cell']) && converted['cell']) [converted['cell']] = converted['cell'] as Json[];
  if (className === 'LeakyReLU' && 'negative_slope' in config) converted['alpha'] = config['negative_slope'];
  return converted;
}

/** A policy of Keras 3 as the type that Keras 2 has there. */
function dtypeOf(value: unknown, layer: string): unknown {
  const name = isObject(value) ? (value['config'] as Json | undefined)?.['name'] : value;
  const known = [undefined, null, 'float32', 'int32', 'bool', 'string', 'complex64'];
  if (known.some((dtype) => dtype === name)) return name;
  throw new RangeError(`loadModel: ${layer} computes in ${String(name)}; tf.layers has float32 only`);
}

/** Initializers and the like without the module they are from; functions by their names. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const { module: _, registered_name: __, build_config: ___, ...rest } = value;
  const { class_name, config } = rest as { class_name?: unknown; config?: Json };
  if (class_name === 'function') return config;
  if (class_name === 'L1' || class_name === 'L2') return { class_name: 'L1L2', config: { l1: 0, l2: 0, ...config } };
  return Object.fromEntries(Object.entries(rest).map(([key, entry]) => [key, plain(entry)]));
}

/** A tensor, several, or tensors by name, as a list. */
function connections(value: unknown): Connection[] {
  if (isObject(value)) return Object.values(value).flatMap(connections);
  const list = value as unknown[];
  return typeof list[0] === 'string' ? [list as Connection] : list.flatMap(connections);
}

/** tf.layers counts the call that a nested model is made of as its first one. */
function laterCall(
  [layer, call, output]: Connection,
  classes: ReadonlyMap<unknown, unknown>,
  models: readonly string[],
): Connection {
  return [layer, models.includes(String(classes.get(layer))) ? call + 1 : call, output];
}

/** The call of a layer: its tensors, and the options of the call with the first one. */
function convertedNode(node: unknown, layer: string, classes: ReadonlyMap<unknown, unknown>): unknown[] {
  // Already in Keras 2's form.
  if (!isObject(node)) return node as unknown[];
  const { args, kwargs } = node as { args: unknown[]; kwargs?: Json };
  const tensors = args.flat().map((arg) => {
    const history = isObject(arg) && isObject(arg['config']) ? arg['config']['keras_history'] : undefined;
    if (!Array.isArray(history)) {
      throw new RangeError(`loadModel: ${layer} is called with ${JSON.stringify(arg)}; tf.layers takes tensors only`);
    }
    return laterCall(history as Connection, classes, ['Functional', 'Model', 'Sequential']);
  });
  const options = Object.entries(kwargs ?? {}).filter(([, value]) => value !== null);
  for (const [key, value] of options) {
    if (typeof value === 'object') throw new RangeError(`loadModel: ${layer} is called with a tensor as ${key}`);
  }
  return tensors.map((tensor, at) => [...tensor, at === 0 ? Object.fromEntries(options) : {}]);
}
