import { addBias, gelu, layerNorm, softmaxCrossEntropy } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';

/** Operations of a training step, forward and backward, through tfjs, against PyTorch's functional form. */
type Op = 'softmax-cross-entropy' | 'layer-norm' | 'gelu' | 'bias-add' | 'bias-relu' | 'bias-gelu';

interface OpParameters {
  op: Op;
  rows: number;
  width: number;
}

const sizes: readonly (readonly [Op, number, number])[] = [
  ['softmax-cross-entropy', 2048, 10_000],
  ['softmax-cross-entropy', 512, 32_000],
  ['layer-norm', 2048, 256],
  ['layer-norm', 2048, 1024],
  ['gelu', 2048, 1024],
  ['bias-gelu', 2048, 1024],
  ['bias-relu', 2048, 1024],
  // Shape of a convolution's bias: batch 128 of 32 × 32.
  ['bias-add', 131_072, 16],
];

/** Memory traffic of forward and backward, in multiples of x's size. */
const MOVED: Readonly<Record<Op, number>> = {
  'softmax-cross-entropy': 3,
  'layer-norm': 5,
  gelu: 5,
  'bias-add': 3,
  'bias-relu': 5,
  'bias-gelu': 5,
};

const cases = sizes.map(
  ([op, rows, width]): BenchmarkCase => ({
    name: `${op}/${rows}x${width}`,
    params: { op, rows, width, copied: (MOVED[op] / 2) * rows * width },
    tolerance: 2e-5,
    peers: ['pytorch', 'tfjs', 'copy'],
    unchecked: ['copy'],
  }),
);

function inputs(params: Parameters): Record<string, Input> {
  const { op, rows, width } = params as unknown as OpParameters;
  const x = { data: normalNumbers(rows * width, 1), shape: [rows, width] };
  if (op === 'softmax-cross-entropy') {
    const labels = Int32Array.from({ length: rows }, (_, i) => (i * 7919) % width);
    return { x, labels: { data: labels, shape: [rows] }, dy: { data: normalNumbers(rows, 2), shape: [rows] } };
  }
  return {
    x,
    dy: { data: normalNumbers(rows * width, 2), shape: [rows, width] },
    scale: { data: normalNumbers(width, 3), shape: [width] },
    offset: { data: normalNumbers(width, 4), shape: [width] },
  };
}

type Functions = Readonly<Record<Op, (tensors: Record<string, tf.Tensor>) => tf.Tensor>>;

const ours: Functions = {
  'softmax-cross-entropy': ({ x, labels }) => softmaxCrossEntropy(x!, labels!, { labelSmoothing: 0.1 }),
  'layer-norm': ({ x, scale, offset }) => layerNorm(x!, scale!, offset!),
  gelu: ({ x }) => gelu(x!),
  'bias-add': ({ x, offset }) => addBias(x!, offset!),
  'bias-relu': ({ x, offset }) => addBias(x!, offset!, 'relu'),
  'bias-gelu': ({ x, offset }) => addBias(x!, offset!, 'gelu'),
};

const tfjsGelu = (x: tf.Tensor) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))));

/** The same functions composed of tfjs operations. */
const composed: Functions = {
  'softmax-cross-entropy': ({ x, labels }) =>
    tf.losses.softmaxCrossEntropy(
      tf.oneHot(labels as tf.Tensor1D, x!.shape[1] as number, 1, 0, 'float32'),
      x!,
      undefined,
      0.1,
      tf.Reduction.NONE,
    ),
  'layer-norm': ({ x, scale, offset }) => {
    const { mean, variance } = tf.moments(x!, -1, true);
    return tf.add(tf.mul(tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 1e-5))), scale!), offset!);
  },
  gelu: ({ x }) => tfjsGelu(x!),
  'bias-add': ({ x, offset }) => tf.add(x!, offset!),
  'bias-relu': ({ x, offset }) => tf.relu(tf.add(x!, offset!)),
  'bias-gelu': ({ x, offset }) => tfjsGelu(tf.add(x!, offset!)),
};

/** The inputs with a gradient. */
const DIFFERENTIATED: Readonly<Record<Op, readonly string[]>> = {
  'softmax-cross-entropy': ['x'],
  'layer-norm': ['x', 'scale', 'offset'],
  gelu: ['x'],
  'bias-add': ['x', 'offset'],
  'bias-relu': ['x', 'offset'],
  'bias-gelu': ['x', 'offset'],
};

const prepareFrom =
  (functions: Functions) =>
  (params: Parameters, given: Record<string, Input>): Workload => {
    const { op } = params as unknown as OpParameters;
    const tensors = Object.fromEntries(
      Object.entries(given).map(([name, { data, shape }]) => [
        name,
        tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
      ]),
    );
    const names = DIFFERENTIATED[op];
    const gradients = tf.valueAndGrads((...of: tf.Tensor[]) =>
      functions[op]({ ...tensors, ...Object.fromEntries(names.map((name, i) => [name, of[i] as tf.Tensor])) }),
    );
    const call = () => {
      const { value, grads } = gradients(
        names.map((name) => tensors[name]!),
        tensors['dy']!,
      );
      return [value, ...grads];
    };
    const head = (tensor: tf.Tensor) => tf.slice(tf.reshape(tensor, [-1]), 0, Math.min(tensor.size, 1 << 16));
    return {
      check: () => tf.tidy(() => tf.concat(call().map(head)).dataSync<'float32'>()),
      run: () => tf.dispose(call()),
      dispose: () => tf.dispose(tensors),
    };
  };

export const suite: Suite = {
  name: 'training-ops',
  cases,
  inputs,
  prepare: prepareFrom(ours),
  nodePeers: { tfjs: prepareFrom(composed) },
};
