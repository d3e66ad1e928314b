import { compile } from '@winnow/inference';
import { tf } from '@winnow/tensorflow';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';

/**
 * He's ResNet-32 for small images at inference, its BatchNorm folded into the convolutions for every side: peers that
 * fold it themselves and those that do not start from the same network.
 */
const WIDTHS = [16, 32, 64] as const;
const BLOCKS = 5;
const SIZE = 32;
const CLASSES = 10;

interface NetworkParameters {
  batch: number;
  /** Part of the weights that are 0, in [0, 1]. */
  sparsity: number;
}

interface NamedLayer {
  readonly name: string;
  /** [height, width, in, out] or [in, out]. */
  readonly shape: readonly number[];
}

const BATCHES = [128, 1] as const;
const PERCENTAGES = [0, 50, 80, 90, 95, 98, 99] as const;

const cases = BATCHES.flatMap((batch) =>
  PERCENTAGES.map(
    (percent): BenchmarkCase => ({
      name: `resnet32/b${batch}/${percent}`,
      params: { batch, sparsity: percent / 100, layers: networkLayers(), widths: WIDTHS, blocks: BLOCKS },
      peers: ['onnxruntime', 'pytorch-nhwc', 'pytorch-compile-nhwc', 'tfjs'],
      tolerance: 1e-4,
    }),
  ),
);

/** In the order of their values in the inputs `kernels` and `biases`. */
function networkLayers(): NamedLayer[] {
  const layers: NamedLayer[] = [{ name: 'first', shape: [3, 3, 3, WIDTHS[0]] }];
  let from: number = WIDTHS[0];
  for (const [stage, width] of WIDTHS.entries()) {
    for (let block = 0; block < BLOCKS; block++) {
      const name = `stage${stage + 1}_block${block + 1}`;
      layers.push(
        { name: `${name}_conv1`, shape: [3, 3, from, width] },
        { name: `${name}_conv2`, shape: [3, 3, width, width] },
      );
      from = width;
    }
  }
  return [...layers, { name: 'logits', shape: [from, CLASSES] }];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);

/** Normal weights, the smallest of each layer 0; the first and the last layer stay dense, as methods leave them. */
function inputs(params: Parameters): Record<string, Input> {
  const { batch, sparsity } = params as unknown as NetworkParameters;
  const layers = networkLayers();
  const kernels = layers.flatMap(({ name, shape }, at) => {
    const fanIn = sizeOf(shape) / (shape.at(-1) as number);
    const isSparse = name !== 'first' && name !== 'logits';
    // Kept weights are larger, so that the signal keeps its size.
    const deviation = Math.sqrt(1 / (fanIn * (isSparse ? 1 - sparsity : 1)));
    const weights = normalNumbers(sizeOf(shape), at + 10).map((weight) => weight * deviation);
    const least = isSparse
      ? (Float32Array.from(weights, Math.abs).sort()[Math.floor(sparsity * weights.length)] as number)
      : 0;
    return Array.from(weights, (weight) => (Math.abs(weight) < least ? 0 : weight));
  });
  const biases = layers.flatMap(({ shape }, at) =>
    Array.from(normalNumbers(shape.at(-1) as number, at + 100), (b) => b / 10),
  );
  return {
    images: { data: normalNumbers(batch * SIZE * SIZE * 3, 2), shape: [batch, SIZE, SIZE, 3] },
    kernels: { data: Float32Array.from(kernels), shape: [kernels.length] },
    biases: { data: Float32Array.from(biases), shape: [biases.length] },
  };
}

/** The network as a tf.layers model, of stock layers. */
function network({ kernels, biases }: Record<string, Input>): tf.LayersModel {
  const { layers } = tf;
  const parts = new Map<string, [tf.Tensor, tf.Tensor]>();
  let [kernelAt, biasAt] = [0, 0];
  for (const { name, shape } of networkLayers()) {
    const [size, outputs] = [sizeOf(shape), shape.at(-1) as number];
    const kernel = kernels?.data.slice(kernelAt, kernelAt + size) as Float32Array;
    const bias = biases?.data.slice(biasAt, biasAt + outputs) as Float32Array;
    parts.set(name, [tf.tensor(kernel, [...shape]), tf.tensor(bias)]);
    [kernelAt, biasAt] = [kernelAt + size, biasAt + outputs];
  }
  const then = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(x) as tf.SymbolicTensor;
  const convolution = (x: tf.SymbolicTensor, name: string, filters: number, strides: number) => {
    const padded = then(layers.zeroPadding2d({ padding: 1 }), x);
    return then(layers.conv2d({ name, filters, kernelSize: 3, strides }), padded);
  };
  const relu = (x: tf.SymbolicTensor) => then(layers.reLU({}), x);
  const input = tf.input({ shape: [SIZE, SIZE, 3] });
  let x = relu(convolution(input, 'first', WIDTHS[0], 1));
  for (const [stage, width] of WIDTHS.entries()) {
    for (let block = 0; block < BLOCKS; block++) {
      const name = `stage${stage + 1}_block${block + 1}`;
      const strides = block === 0 && stage > 0 ? 2 : 1;
      const y = convolution(relu(convolution(x, `${name}_conv1`, width, strides)), `${name}_conv2`, width, 1);
      // Shortcuts without weights: every second pixel, and channels of zeros behind.
      const added = width - (x.shape.at(-1) as number);
      const fewer = strides === 1 ? x : then(layers.averagePooling2d({ poolSize: 1, strides }), x);
      // With channels first the last axis is a width.
      const zeros: [[number, number], [number, number]] = [
        [0, 0],
        [0, added],
      ];
      const widened =
        added === 0 ? fewer : then(layers.zeroPadding2d({ padding: zeros, dataFormat: 'channelsFirst' }), fewer);
      x = relu(then(layers.add(), [y, widened]));
    }
  }
  const logits = layers.dense({ name: 'logits', units: CLASSES });
  const model = tf.model({ inputs: input, outputs: then(logits, then(layers.globalAveragePooling2d({}), x)) });
  for (const [name, weights] of parts) model.getLayer(name).setWeights(weights);
  return model;
}

async function ours(_params: Parameters, given: Record<string, Input>): Promise<Workload> {
  const model = network(given);
  const session = await compile(model);
  model.dispose();
  const images = given['images']?.data as Float32Array;
  return {
    check: () => session.runSync(images)[0]?.data as Float32Array,
    run: () => void session.runSync(images),
    dispose: () => session.dispose(),
  };
}

function stock(_params: Parameters, given: Record<string, Input>): Workload {
  const model = network(given);
  const { data, shape } = given['images'] as Input;
  const images = tf.tensor(data, shape as number[]);
  const run = () => {
    const y = model.predict(images) as tf.Tensor;
    const result = y.dataSync() as Float32Array;
    y.dispose();
    return result;
  };
  const dispose = () => {
    images.dispose();
    model.dispose();
  };
  return { check: run, run: () => void run(), dispose };
}

export const suite: Suite = {
  name: 'resnet32',
  folder: 'inference',
  cases,
  inputs,
  prepare: ours,
  nodePeers: { tfjs: stock },
};
