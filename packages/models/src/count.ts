/** What a model costs: parameters, and multiply-adds of one forward pass. */

import type * as tf from '@tensorflow/tfjs';

/** One layer's share. */
export interface LayerCost {
  /** The layer's path; layers of nested models and wrappers are joined by `/`. */
  readonly path: string;
  /** Numbers that training changes. BatchNorm's running statistics are none. */
  readonly parameters: number;
  /** Multiply-adds for one example. */
  readonly flops: number;
}

/** Weighted layers that apply their whole kernel at every position of the output. */
const AT_EVERY_OUTPUT = new Set(['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'DepthwiseConv2D', 'SeparableConv2D']);
/** Those that apply it at every position of the input. */
const AT_EVERY_INPUT = new Set(['Conv2DTranspose', 'Conv3DTranspose']);
/** Look-ups multiply nothing. */
const FREE = new Set(['Embedding']);

interface Node {
  inputShapes: (number | null)[][];
  outputShapes: (number | null)[][];
}

/** The fields of a layer or nested model that counting needs. */
interface CountedLayer {
  name: string;
  weights: { read(): tf.Tensor }[];
  trainableWeights: { read(): tf.Tensor }[];
  inboundNodes: Node[];
  layers?: CountedLayer[];
  layer?: CountedLayer;
  getClassName(): string;
}

/**
 * The number of trainable parameters. Publications count alike: kernels, biases, BatchNorm's scale and offset, but not its
 * running statistics.
 *
 * @param target a model, or variables such as those of a Transformer
 */
export function parameterCount(target: tf.LayersModel | Iterable<tf.Variable>): number {
  const tensors = Symbol.iterator in target ? [...target] : target.trainableWeights.map((weight) => weight.read());
  return tensors.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Multiply-adds of one forward pass for one example, which publications call FLOPs: those of convolutions and dense layers. Bias,
 * BatchNorm, ReLU, additions and pooling are not counted.
 *
 * @throws RangeError if an input size is open, or a layer's cost is not known (recurrent layers)
 */
export function countFlops(model: tf.LayersModel): number {
  return layerCosts(model).reduce((sum, { flops }) => sum + flops, 0);
}

/** The layers with parameters, each with its share. A layer that runs twice costs its multiply-adds twice. */
export function layerCosts(model: tf.LayersModel): LayerCost[] {
  return costsWithin(model as unknown as CountedLayer, '', 1);
}

function costsWithin(model: CountedLayer, prefix: string, runs: number): LayerCost[] {
  const container = model as unknown as { built: boolean; build(): void; containerNodes: Set<string> };
  // A Sequential that never ran is not wired up yet.
  if (!container.built) container.build();
  const { containerNodes } = container;
  return model.layers!.flatMap((layer): LayerCost[] => {
    // A layer may be part of other models as well; only its runs in this one count.
    const nodes = layer.inboundNodes.filter((_, index) => containerNodes.has(`${layer.name}_ib-${index}`));
    const path = `${prefix}${layer.name}`;
    if (layer.layers) return costsWithin(layer, `${path}/`, runs * nodes.length);
    if (layer.weights.length === 0) return [];
    const parameters = sizeOf(layer.trainableWeights);
    return [{ path, parameters, flops: runs * nodes.reduce((sum, node) => sum + runFlops(layer, node, path), 0) }];
  });
}

function runFlops(layer: CountedLayer, { inputShapes, outputShapes }: Node, path: string): number {
  const inner = layer.getClassName() === 'TimeDistributed' ? layer.layer! : layer;
  const name = inner.getClassName();
  const kernels = inner.weights.filter((weight) => weight.read().rank >= 2);
  if (kernels.length === 0 || FREE.has(name)) return 0;
  const isOutput = AT_EVERY_OUTPUT.has(name);
  if (!isOutput && !AT_EVERY_INPUT.has(name)) {
    throw new RangeError(`countFlops: the multiply-adds of '${path}', a ${name}, are not known`);
  }
  const shape = (isOutput ? outputShapes : inputShapes)[0]!;
  return positions(shape, inner, path) * sizeOf(kernels);
}

/** All axes but the batch's and the channels'. */
function positions(shape: (number | null)[], layer: CountedLayer, path: string): number {
  const { dataFormat } = layer as { dataFormat?: string };
  const axes = dataFormat === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
  if (axes.includes(null)) {
    throw new RangeError(
      `countFlops: '${path}' has the open size [${shape.map(String)}]; give the model's input a fixed one`,
    );
  }
  return (axes as number[]).reduce((product, axis) => product * axis, 1);
}

function sizeOf(weights: { read(): tf.Tensor }[]): number {
  return weights.reduce((sum, weight) => sum + weight.read().size, 0);
}
