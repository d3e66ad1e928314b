/** What a model costs: parameters, and multiply-adds of one forward pass. */

import type * as tf from '@tensorflow/tfjs';
import { layerCosts as graphCosts, graphOf, type Uncounted } from '@winnow/graph';
import { checkModel } from './check-model.js';

/** One layer's share. */
export interface LayerCost {
  /** The layer's path; layers of nested models and wrappers are joined by `/`. */
  readonly path: string;
  /** Numbers that training changes. BatchNorm's running statistics are none. */
  readonly parameters: number;
  /** Multiply-adds for one example. */
  readonly flops: number;
}

/**
 * The number of trainable parameters. Publications count alike: kernels, biases, BatchNorm's scale and offset, but not
 * its running statistics.
 *
 * @param target a model, or variables such as those of a Transformer
 */
export function parameterCount(target: tf.LayersModel | Iterable<tf.Variable>): number {
  return trainedBy(target).reduce((sum, { size }) => sum + size, 0);
}

function trainedBy(target: tf.LayersModel | Iterable<tf.Variable>): readonly tf.Tensor[] {
  if (typeof target === 'object' && target !== null && Symbol.iterator in target) return [...target];
  checkModel('parameterCount', target);
  return [...new Set(target.trainableWeights)].map((weight) => weight.read());
}

/**
 * Multiply-adds of one forward pass for one example, which publications call FLOPs: those of kernels, in recurrent
 * layers of both kernels at every step. Bias, BatchNorm, ReLU, additions, look-ups and pooling are not counted.
 *
 * @throws RangeError if an input size is open, or a layer's cost is not known (layers of a user's own)
 */
export function countFlops(model: tf.LayersModel): number {
  return costsOf('countFlops', model).reduce((sum, { flops }) => sum + flops, 0);
}

/** The layers with parameters, each with its share. A layer that runs twice costs its multiply-adds twice. */
export function layerCosts(model: tf.LayersModel): LayerCost[] {
  return costsOf('layerCosts', model);
}

function costsOf(op: string, model: tf.LayersModel): LayerCost[] {
  checkModel(op, model);
  const graph = graphOf(model);
  const { layers, uncounted } = graphCosts(graph);
  for (const entry of uncounted) {
    // Layers without a kernel count nothing, whatever they are.
    if (entry.layer.weights.some(({ shape }) => shape.length >= 2)) throw unknown(entry);
  }
  return layers.map(({ path, parameters, flops }) => ({ path, parameters, flops: flops ?? 0 }));
}

function unknown({ path, layer, reason, shape = [] }: Uncounted): RangeError {
  return new RangeError(
    reason === 'kind'
      ? `countFlops: the multiply-adds of '${path}', a ${layer.className}, are not known`
      : `countFlops: '${path}' has the open size [${shape.map(String)}]; give the model's input a fixed one`,
  );
}
