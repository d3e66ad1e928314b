/** Finds the weights of a Keras 3 file in a model: Keras 3 names them by their whole path, tf.layers by their layer. */

import * as tf from '@tensorflow/tfjs';
import { type WritableVariable, writeImported } from '../write-variable.js';

interface LayerWeight extends WritableVariable {
  readonly originalName: string;
  readonly val: tf.Variable;
}

interface Layer {
  readonly name: string;
  readonly layers?: readonly Layer[];
  readonly weights: readonly LayerWeight[];
}

/** A layer without inner ones, by its path. */
interface Leaf {
  readonly path: string;
  readonly layer: Layer;
}

/** A weight of the model. */
interface Weight {
  readonly path: string;
  readonly variable: tf.Variable;
  readonly source: WritableVariable;
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1).replace(/:\d+$/, '');

/**
 * Gives a model the weights of a Keras 3 file. Constraints of layers are applied, as whenever tf.layers loads a model.
 *
 * @throws RangeError naming the weight that the model or the file has not, or that has another shape
 */
export function assignKeras3Weights(model: tf.LayersModel, artifacts: tf.io.ModelArtifacts): void {
  const { weightData, weightSpecs } = artifacts;
  if (weightData === undefined || weightSpecs === undefined) return;
  const leaves = leavesOf((model as unknown as Layer).layers ?? [], '');
  const free = new Map(leaves.map((leaf) => [leaf, weightsOf(leaf)]));
  const pairs: { readonly name: string; readonly weight: Weight }[] = [];
  const take = (leaf: Leaf, { name, shape }: tf.io.WeightsManifestEntry): void => {
    const list = free.get(leaf) ?? [];
    const at = list.findIndex(({ path }) => lastPart(path) === lastPart(name));
    const [weight] = at < 0 ? [] : list.splice(at, 1);
    if (weight === undefined) throw new RangeError(`loadModel: the model has no weight '${name}', which the file has`);
    if (String(weight.variable.shape) !== String(shape)) {
      throw new RangeError(
        `loadModel: '${name}' has the shape [${shape}], '${weight.path}' [${weight.variable.shape}]`,
      );
    }
    pairs.push({ name, weight });
  };
  // The state of random numbers is none of tf.layers' weights.
  const specs = weightSpecs.filter(({ name }) => lastPart(name) !== 'seed_generator_state');
  // First those that name a nested model, so that the others of the same name are told apart.
  const others = specs.filter((spec) => {
    const leaf = nestedLeaf(spec.name, leaves);
    if (leaf) take(leaf, spec);
    return leaf === undefined;
  });
  for (const spec of others) {
    const found = leaves.filter((leaf) => holds(spec.name, leaf.layer.name) && free.get(leaf)?.length);
    if (found.length > 1) {
      const paths = found.map(({ path }) => `'${path}'`).join(' and ');
      throw new RangeError(`loadModel: '${spec.name}' may be a weight of ${paths}; give the layers different names`);
    }
    take(found[0] as Leaf, spec);
  }
  const [missing] = [...free.values()].flat();
  if (missing) throw new RangeError(`loadModel: the file has no weight '${missing.path}'`);
  const values = tf.io.decodeWeights(weightData as ArrayBuffer, weightSpecs);
  for (const { name, weight } of pairs) writeImported(weight.source, weight.variable, values[name] as tf.Tensor);
  tf.dispose(values);
}

function leavesOf(layers: readonly Layer[], prefix: string): Leaf[] {
  return layers.flatMap((layer) =>
    layer.layers ? leavesOf(layer.layers, `${prefix}${layer.name}/`) : [{ path: `${prefix}${layer.name}`, layer }],
  );
}

const weightsOf = ({ path, layer }: Leaf): Weight[] =>
  layer.weights.map((source) => ({
    path: `${path}/${lastPart(source.originalName)}`,
    variable: source.val,
    source,
  }));

const holds = (name: string, path: string): boolean => `/${name}`.includes(`/${path}/`);

/** The layer of a nested model whose whole path a weight's name holds. */
function nestedLeaf(name: string, leaves: readonly Leaf[]): Leaf | undefined {
  const nested = leaves.filter(({ path }) => path.includes('/') && holds(name, path));
  return nested.sort((a, b) => b.path.length - a.path.length)[0];
}
