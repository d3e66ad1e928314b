/** The kernels of a model with the layers and variables of tf.layers that they belong to. */

import type * as tf from '@tensorflow/tfjs';
import {
  chooseKernels as choose,
  type GraphKernel,
  type GraphLayer,
  graphOf,
  type KernelLayout,
  type KernelSelection,
  kernels,
  type SkippedKernel,
} from '@winnow/graph';
import { checkKeys } from '@winnow/native/value-checks';
import type { WeightTransform } from '@winnow/ops';
import { checkModel } from './check-model.js';

/** A layer variable of tf.layers: `read()` gives the tensor that the layer computes with. */
export interface LayerVariable {
  read(): tf.Tensor;
  write(value: tf.Tensor): LayerVariable;
  readonly constraint?: { apply(value: tf.Tensor): tf.Tensor } | null;
}

/** A layer, as far as transforming and pruning its kernels needs it. */
export interface KernelLayer {
  name: string;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
  getClassName(): string;
}

/** A layer that the network calls, with the kernels that it runs: its own, or those of layers within it. */
export interface KernelHost {
  readonly path: string;
  readonly layer: KernelLayer;
  /** How often the network calls it. */
  readonly calls: number;
}

/** A kernel in a model. */
export interface ModelKernel {
  /** `layer/kernel`; layers of nested models and wrappers are joined by `/`. */
  readonly path: string;
  readonly layer: KernelLayer;
  readonly variable: tf.Variable;
  /** Which axes count its units. */
  readonly layout: KernelLayout;
  /** What a layer reads it from. */
  readonly source: LayerVariable;
  readonly hosts: readonly KernelHost[];
  readonly trainable: boolean;
  /** Whether `custom` names it: only its layer's author knows how it is used. */
  readonly isNamed: boolean;
  /** Whether it is of a subclass of a stock layer, whose own `call` may do without it. */
  readonly isSubclassed: boolean;
  /** The class of the layer of a user's own that holds its layer, if one does: it may use the kernel by itself. */
  readonly heldBy?: string;
}

/** What a selection picks of a model, and what it leaves out although nobody asked for that. */
export interface SelectedModelKernels {
  readonly kernels: readonly ModelKernel[];
  readonly skipped: readonly SkippedKernel[];
}

/** Layers that are one linear map with one kernel, then bias and activation: what a method can compute itself. */
const LINEAR: ReadonlySet<string> = new Set([
  ...['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose', 'DepthwiseConv2D'],
]);

/**
 * All kernels of a model, in the order of its layers: of dense, convolution and recurrent layers and their subclasses,
 * embeddings, and those that `custom` names. Nested models, wrappers and layers that hold others are entered; a layer
 * that occurs twice is listed once.
 *
 * @throws TypeError if it is no model, or `custom` no object of lists of weight names
 */
export function modelKernels(model: tf.LayersModel, custom: KernelSelection['custom'] = {}): ModelKernel[] {
  checkModel('modelKernels', model);
  const graph = graphOf(model);
  return kernels(graph, custom, 'modelKernels').map(inModel(graph));
}

/**
 * The kernels that methods drop and pruning cuts. By default all but every input's first layer if it is a convolution,
 * every output's last layer (the logits), as in the paper, and embeddings; with `include` exactly the matching ones.
 * Frozen kernels never.
 *
 * @throws RangeError if a pattern matches no kernel, or nothing is left; with the reasons
 */
export function selectKernels(op: string, model: tf.LayersModel, selection: KernelSelection = {}): ModelKernel[] {
  return [...chooseKernels(op, model, selection).kernels];
}

/** As `selectKernels`, with what is left out and why; for a method, if one is given. */
export function chooseKernels(
  op: string,
  model: tf.LayersModel,
  selection: KernelSelection = {},
  transform?: WeightTransform,
): SelectedModelKernels {
  checkModel(op, model);
  checkKeys(op, 'selection', selection, ['include', 'exclude', 'custom']);
  const graph = graphOf(model);
  const chosen = choose(graph, selection, op, (kernel) => impossible(kernel, transform));
  return { kernels: chosen.kernels.map(inModel(graph)), skipped: chosen.skipped };
}

/** Why a kernel cannot be transformed, if it cannot. */
function impossible({ layer, weight }: GraphKernel, transform?: WeightTransform): string | undefined {
  if (weight.dtype !== 'float32') return `its dtype is ${weight.dtype}, not float32`;
  if (transform?.forward === undefined) return undefined;
  if (layer.extends !== undefined || !LINEAR.has(layer.kind)) {
    return `method '${transform.name}' computes the layer itself, which it cannot for a ${layer.className}`;
  }
  if (layer.config['dataFormat'] !== 'channelsFirst') return undefined;
  return `method '${transform.name}' computes the layer itself, which it cannot with dataFormat 'channelsFirst'`;
}

function inModel({ nodes }: ReturnType<typeof graphOf>) {
  return ({ path, layer, weight, layout, hosts }: GraphKernel): ModelKernel => {
    const heldBy = holderOf(layer)?.className;
    return {
      path,
      layer: layer.source as unknown as KernelLayer,
      variable: weight.read() as tf.Variable,
      layout,
      source: weight.source as unknown as LayerVariable,
      hosts: hosts.map((host) => ({
        path: host.id,
        layer: host.source as unknown as KernelLayer,
        calls: nodes.filter((node) => node.layer === host).length,
      })),
      trainable: weight.trainable,
      isNamed: weight.role === 'other',
      isSubclassed: layer.extends !== undefined,
      ...(heldBy !== undefined && { heldBy }),
    };
  };
}

/** The layer of a user's own that holds a layer, or a wrapper or model around it. */
function holderOf(layer: GraphLayer): GraphLayer | undefined {
  const around = new Set(layer.holders);
  // A set grows while it is walked.
  for (const holder of around) {
    if (holder.kind === 'custom') return holder;
    for (const next of holder.holders) around.add(next);
  }
  return undefined;
}
