/** Finding the kernels of a model: which layers have one, where it is, and which of them methods touch. */

import type * as tf from '@tensorflow/tfjs';
import picomatch from 'picomatch';

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

/** Picks kernels by glob patterns on their paths, for example `stage2_*` or `encoder/dense*`. */
export interface KernelSelection {
  /** Only kernels that match one of these. Default: all but the first convolution and the last layer (the logits). */
  include?: readonly string[];
  /** No kernel that matches one of these. */
  exclude?: readonly string[];
}

/** Layers whose kernel has its units on the last axis, which is what ranking by column needs. */
const CONVOLUTIONS = new Set(['Conv1D', 'Conv2D', 'Conv3D']);
const KERNEL_CLASSES = new Set([...CONVOLUTIONS, 'Dense']);

interface Container {
  layers?: unknown[];
  layer?: unknown;
  name: string;
  getClassName(): string;
}

/**
 * All kernels of a model's dense and convolution layers, in the order of its layers; nested models and TimeDistributed
 * wrappers are entered, a layer that occurs twice is listed once.
 */
export function modelKernels(model: tf.LayersModel): ModelKernel[] {
  const kernels: ModelKernel[] = [];
  const seen = new Set<unknown>();
  const visit = (container: Container, prefix: string): void => {
    if (seen.has(container)) return;
    seen.add(container);
    for (const child of (container.layers ?? []) as Container[]) visit(child, `${prefix}${child.name}/`);
    if (container.getClassName() === 'TimeDistributed') visit(container.layer as Container, prefix);
    if (!KERNEL_CLASSES.has(container.getClassName())) return;
    const layer = container as unknown as KernelLayer;
    kernels.push({ path: `${prefix}kernel`, layer, variable: variableOf(layer.kernel) });
  };
  visit({ layers: model.layers, name: '', getClassName: () => 'Model' }, '');
  return kernels;
}

function variableOf(variable: LayerVariable): tf.Variable {
  return (variable as unknown as { val: tf.Variable }).val;
}

/**
 * The kernels that methods drop and pruning cuts. By default all but the first convolution (if it is the model's first
 * kernel) and the last layer (the logits), as in the paper; with `include` exactly the matching ones.
 *
 * @throws RangeError if a pattern matches no kernel, or nothing is left
 */
export function selectKernels(op: string, model: tf.LayersModel, selection: KernelSelection = {}): ModelKernel[] {
  const all = modelKernels(model);
  const matching = (argument: string, patterns: readonly string[]) => {
    const found = new Set<ModelKernel>();
    for (const pattern of patterns) {
      const isMatch = picomatch(pattern);
      const hits = all.filter(({ path }) => isMatch(path) || isMatch(path.slice(0, -'/kernel'.length)));
      if (hits.length === 0) {
        throw new RangeError(
          `${op}: ${argument} pattern '${pattern}' matches no kernel; there are ${all.map(({ path }) => path).join(', ')}`,
        );
      }
      for (const hit of hits) found.add(hit);
    }
    return found;
  };
  const included = selection.include ? matching('include', selection.include) : new Set(all.filter(byDefault));
  const excluded = selection.exclude ? matching('exclude', selection.exclude) : new Set<ModelKernel>();
  const selected = all.filter((kernel) => included.has(kernel) && !excluded.has(kernel));
  if (selected.length === 0) {
    throw new RangeError(`${op}: no kernel is selected of ${all.map(({ path }) => path).join(', ') || 'none'}`);
  }
  return selected;
}

function byDefault({ layer }: ModelKernel, index: number, all: ModelKernel[]): boolean {
  const isFirstConvolution = index === 0 && CONVOLUTIONS.has(layer.getClassName());
  return !isFirstConvolution && index !== all.length - 1;
}
