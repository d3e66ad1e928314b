import { conv2d } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';

/** 3×3 convolutions of residual networks with sparse filters, and their gradients at the weights that are left. */
type Pass = 'forward' | 'input-grad' | 'filter-grad';

interface ConvolutionParameters {
  pass: Pass;
  images: number;
  /** Height and width. */
  size: number;
  channels: number;
  /** Part of the weights that are 0, in [0, 1]. */
  sparsity: number;
}

/** Images, height and width, channels: the three stages of He's ResNet-32, and a wide one. */
const SHAPES = [
  [128, 32, 16],
  [128, 16, 32],
  [128, 8, 64],
  [64, 16, 128],
] as const;
const PERCENTAGES: Readonly<Record<Pass, readonly number[]>> = {
  forward: [50, 70, 80, 90, 95, 99],
  'input-grad': [90, 99],
  'filter-grad': [90, 99],
};

const cases = SHAPES.flatMap(([images, size, channels]) =>
  Object.entries(PERCENTAGES).flatMap(([pass, percentages]) =>
    percentages.map(
      (percent): BenchmarkCase => ({
        name: `conv2d/${images}x${size}x${size}x${channels}/${pass}/${percent}`,
        params: { pass, images, size, channels, sparsity: percent / 100 },
        // PyTorch computes with the zeros, and so does our dense form: all gradients of the filter are needed there.
        peers: ['pytorch', 'pytorch-nhwc', 'dense'],
        tolerance: 2e-5,
      }),
    ),
  ),
);

function inputs(params: Parameters): Record<string, Input> {
  const { images, size, channels, sparsity } = params as unknown as ConvolutionParameters;
  const shape = [images, size, size, channels];
  const count = images * size * size * channels;
  const weights = normalNumbers(9 * channels * channels, 1);
  // The smallest weights of all are 0.
  const least = Float32Array.from(weights, Math.abs).sort()[Math.floor(sparsity * weights.length)] as number;
  return {
    x: { data: normalNumbers(count, 2), shape },
    dy: { data: normalNumbers(count, 3), shape },
    filter: {
      data: weights.map((weight) => (Math.abs(weight) < least ? 0 : weight)),
      shape: [3, 3, channels, channels],
    },
  };
}

function workload(params: Parameters, given: Record<string, Input>, execution: 'auto' | 'dense'): Workload {
  const { pass } = params as unknown as ConvolutionParameters;
  const tensors = Object.fromEntries(
    Object.entries(given).map(([name, { data, shape }]) => [name, tf.tensor(data, shape as number[], 'float32')]),
  );
  const { x, dy, filter } = tensors as Record<'x' | 'dy' | 'filter', tf.Tensor4D>;
  const filterGradient = execution === 'auto' ? 'kept' : 'dense';
  const options = { pad: 'same', execution, filterGradient } as const;
  // A gradient runs forward first; its kernel alone is what is timed.
  const gradient = (name: string, of: tf.NamedTensorMap, own: object) =>
    tf.engine().runKernel(name, of, {
      strides: [1, 1],
      padding: [1, 1, 1, 1],
      dilations: [1, 1],
      groups: 1,
      ...own,
    }) as tf.Tensor;
  const kept = tf.cast(tf.notEqual(filter, 0), 'float32');
  conv2d(x, filter, options).dispose();
  const run: Readonly<Record<Pass, () => tf.Tensor>> = {
    forward: () => conv2d(x, filter, options),
    'input-grad': () => gradient('WinnowConv2dInputGrad', { filter, dy }, { rest: [0, 0], execution }),
    'filter-grad': () =>
      execution === 'auto'
        ? gradient('WinnowConv2dKeptFilterGrad', { x, dy, mask: filter }, {})
        : gradient('WinnowConv2dFilterGrad', { x, dy }, { kernel: [3, 3] }),
  };
  return {
    check: () =>
      tf.tidy(() => {
        const result = run[pass]();
        return (pass === 'filter-grad' ? tf.mul(result, kept) : result).dataSync() as Float32Array;
      }),
    run: () => run[pass]().dispose(),
    dispose: () => tf.dispose([...Object.values(tensors), kept]),
  };
}

export const suite: Suite = {
  name: 'conv2d',
  cases,
  inputs,
  prepare: (params, given) => workload(params, given, 'auto'),
  nodePeers: { dense: (params, given) => workload(params, given, 'dense') },
};
