import * as tf from '@tensorflow/tfjs';
import { graphOf, kernels, selectKernels, selectPaths } from '@winnow/graph';
import { describe, expect, it } from 'vitest';

const { layers } = tf;
const pathsOf = (list: readonly { path: string }[]) => list.map(({ path }) => path);

function network(first: tf.layers.Layer) {
  const inner = tf.sequential({
    name: 'inner',
    layers: [layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 4], name: 'conv' }), layers.flatten()],
  });
  const input = tf.input({ shape: [8, 8, 3] });
  let x = inner.apply(first.apply(input)) as tf.SymbolicTensor;
  const shared = layers.dense({ units: 72, name: 'shared' });
  x = shared.apply(shared.apply(x)) as tf.SymbolicTensor;
  x = layers.reshape({ targetShape: [6, 12] }).apply(x) as tf.SymbolicTensor;
  x = layers.timeDistributed({ layer: layers.dense({ units: 5 }), name: 'each' }).apply(x) as tf.SymbolicTensor;
  x = layers.lstm({ units: 3, name: 'lstm' }).apply(x) as tf.SymbolicTensor;
  return graphOf(
    tf.model({ inputs: input, outputs: layers.dense({ units: 2, name: 'out' }).apply(x) as tf.SymbolicTensor }),
  );
}
const conv = () => layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'first' });

describe('kernels', () => {
  it('are those of dense and convolution layers, of nested models and wrappers too, one of a shared layer once', () => {
    const found = kernels(network(conv()));
    expect(pathsOf(found)).toEqual(['first/kernel', 'inner/conv/kernel', 'shared/kernel', 'each/kernel', 'out/kernel']);
    expect(found.map(({ weight }) => weight.shape)).toEqual([
      [3, 3, 3, 4],
      [3, 3, 4, 2],
      [72, 72],
      [12, 5],
      [3, 2],
    ]);
  });

  it('are not those of transposed, depthwise, separable and recurrent layers', () => {
    const stack = tf.sequential({
      layers: [
        layers.depthwiseConv2d({ kernelSize: 3, inputShape: [8, 8, 4] }),
        layers.separableConv2d({ filters: 4, kernelSize: 3 }),
        layers.conv2dTranspose({ filters: 4, kernelSize: 2 }),
        layers.reshape({ targetShape: [5, 20] }),
        layers.gru({ units: 3 }),
      ],
    });
    expect(kernels(graphOf(stack))).toEqual([]);
  });
});

describe('selectKernels', () => {
  it('leaves out the first convolution and the last layer by default', () => {
    expect(pathsOf(selectKernels(network(conv())))).toEqual(['inner/conv/kernel', 'shared/kernel', 'each/kernel']);
  });

  it('leaves in a first layer that is no convolution', () => {
    const stack = tf.sequential({
      layers: [layers.dense({ units: 3, inputShape: [2], name: 'a' }), layers.dense({ units: 1, name: 'b' })],
    });
    expect(pathsOf(selectKernels(graphOf(stack)))).toEqual(['a/kernel']);
  });

  it('takes patterns of layers and kernels, and names what fails', () => {
    const graph = network(conv());
    expect(pathsOf(selectKernels(graph, { include: ['inner/*', 'out/kernel'] }))).toEqual([
      'inner/conv/kernel',
      'out/kernel',
    ]);
    expect(pathsOf(selectKernels(graph, { exclude: ['inner/**'] }))).toEqual(['shared/kernel', 'each/kernel']);
    expect(() => selectKernels(graph, { include: ['lstm'] })).toThrow(
      new RangeError(
        "selectKernels: include pattern 'lstm' matches no kernel; there are first/kernel, inner/conv/kernel, shared/kernel, each/kernel, out/kernel",
      ),
    );
    expect(() => selectKernels(graph, { include: ['out'], exclude: ['out'] }, 'prune')).toThrow(
      'prune: no kernel is selected of first/kernel',
    );
  });
});

it('selectPaths takes all by default, in their order', () => {
  const paths = ['b/kernel', 'a/kernel'];
  expect(selectPaths('test', paths, {})).toEqual(paths);
  expect(selectPaths('test', paths, { include: ['a', 'b'] })).toEqual(paths);
  expect(selectPaths('test', paths, {}, ['a/kernel'])).toEqual(['a/kernel']);
  expect(() => selectPaths('test', [], {})).toThrow('test: no kernel is selected of none');
});
