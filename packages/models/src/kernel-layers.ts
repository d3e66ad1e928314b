/** The kernels of a model with the layers and variables of tf.layers that they belong to. */

import type * as tf from '@tensorflow/tfjs';
import { type GraphKernel, graphOf, type KernelSelection, kernels, selectKernels as select } from '@winnow/graph';
import { checkModel } from './check-model.js';

/** A layer variable of tf.layers: `read()` gives the tensor that the layer computes with. */
export interface LayerVariable {
  read(): tf.Tensor;
  write(value: tf.Tensor): LayerVariable;
}

/** A dense or convolution layer, as far as transforming and pruning its kernel needs it. */
export interface KernelLayer {
  name: string;
  kernel: LayerVariable;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
  getClassName(): string;
}

/** A kernel in a model. */
export interface ModelKernel {
  /** `layer/kernel`; layers of nested models and wrappers are joined by `/`. */
  readonly path: string;
  readonly layer: KernelLayer;
  readonly variable: tf.Variable;
}

/**
 * All kernels of a model's dense and convolution layers, in the order of its layers; nested models and TimeDistributed
 * wrappers are entered, a layer that occurs twice is listed once.
 */
export function modelKernels(model: tf.LayersModel): ModelKernel[] {
  checkModel('modelKernels', model);
  return kernels(graphOf(model)).map(inModel);
}

/**
 * The kernels that methods drop and pruning cuts. By default all but the first convolution (if it is the model's first
 * kernel) and the last layer (the logits), as in the paper; with `include` exactly the matching ones.
 *
 * @throws RangeError if a pattern matches no kernel, or nothing is left
 */
export function selectKernels(op: string, model: tf.LayersModel, selection: KernelSelection = {}): ModelKernel[] {
  checkModel(op, model);
  return select(graphOf(model), selection, op).map(inModel);
}

function inModel({ path, layer, weight }: GraphKernel): ModelKernel {
  return { path, layer: layer.source as unknown as KernelLayer, variable: weight.read() as tf.Variable };
}
