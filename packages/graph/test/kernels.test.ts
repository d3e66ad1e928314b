import * as tf from '@tensorflow/tfjs';
import { chooseKernels, graphOf, kernels, selectKernels, selectPaths } from '@winnow/graph';
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
  it('are those of every layer, of nested models and wrappers too, one of a shared layer once', () => {
    const found = kernels(network(conv()));
    expect(pathsOf(found)).toEqual([
      ...['first/kernel', 'inner/conv/kernel', 'shared/kernel', 'each/kernel'],
      ...['lstm/kernel', 'lstm/recurrent_kernel', 'out/kernel'],
    ]);
    expect(found.map(({ weight }) => weight.shape)).toEqual([
      [3, 3, 3, 4],
      [3, 3, 4, 2],
      [72, 72],
      [12, 5],
      [5, 12],
      [3, 12],
      [3, 2],
    ]);
  });

  it('know which axes count the units of transposed, depthwise, separable and recurrent layers', () => {
    const stack = tf.sequential({
      layers: [
        layers.depthwiseConv2d({ kernelSize: 3, inputShape: [8, 8, 4] }),
        layers.separableConv2d({ filters: 4, kernelSize: 3 }),
        layers.conv2dTranspose({ filters: 4, kernelSize: 2 }),
        layers.reshape({ targetShape: [5, 20] }),
        layers.gru({ units: 3 }),
      ],
    });
    expect(kernels(graphOf(stack)).map(({ weight, layout }) => [weight.name, layout])).toEqual([
      ['depthwise_kernel', 'depthwise'],
      ['depthwise_kernel', 'depthwise'],
      ['pointwise_kernel', 'unitsLast'],
      ['kernel', 'transposed'],
      ['kernel', 'unitsLast'],
      ['recurrent_kernel', 'unitsLast'],
    ]);
  });
});

describe('selectKernels', () => {
  it('leaves out the first convolution and the last layer by default', () => {
    expect(pathsOf(selectKernels(network(conv())))).toEqual([
      ...['inner/conv/kernel', 'shared/kernel', 'each/kernel', 'lstm/kernel', 'lstm/recurrent_kernel'],
    ]);
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
    expect(pathsOf(selectKernels(graph, { exclude: ['inner/**', 'lstm'] }))).toEqual(['shared/kernel', 'each/kernel']);
    expect(pathsOf(selectKernels(graph, { include: ['lstm'] }))).toEqual(['lstm/kernel', 'lstm/recurrent_kernel']);
    expect(() => selectKernels(graph, { include: ['gru'] })).toThrow(
      new RangeError(
        "selectKernels: include pattern 'gru' matches no kernel; there are first/kernel, inner/conv/kernel, " +
          'shared/kernel, each/kernel, lstm/kernel, lstm/recurrent_kernel, out/kernel',
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
  expect(() => selectPaths('test', [], {})).toThrow('test: there is no kernel to select');
});

describe('chooseKernels', () => {
  const conv2d = (name: string) => layers.conv2d({ filters: 3, kernelSize: 3, name });
  function twoStemsTwoHeads() {
    const inputs = ['left', 'right'].map((name) => tf.input({ shape: [8, 8, 2], name }));
    const stems = inputs.map((input, i) => conv2d(`stem${i}`).apply(input) as tf.SymbolicTensor);
    const sum = layers.add().apply(stems) as tf.SymbolicTensor;
    const body = layers.flatten().apply(conv2d('body').apply(sum)) as tf.SymbolicTensor;
    const hidden = layers.dense({ units: 4, name: 'hidden' }).apply(body);
    const heads = ['boxes', 'classes'].map(
      (name) => layers.dense({ units: 2, name }).apply(hidden) as tf.SymbolicTensor,
    );
    return tf.model({
      inputs,
      outputs: [heads[0]!, layers.activation({ activation: 'relu' }).apply(heads[1]!)] as never,
    });
  }

  it('spares the first convolution of every input and the last layer of every output, and says so', () => {
    const { kernels: chosen, skipped } = chooseKernels(graphOf(twoStemsTwoHeads()));
    expect(pathsOf(chosen)).toEqual(['body/kernel', 'hidden/kernel']);
    expect(skipped).toEqual([
      { path: 'stem0/kernel', why: "the first convolution after input 'left'" },
      { path: 'stem1/kernel', why: "the first convolution after input 'right'" },
      { path: 'boxes/kernel', why: 'the last layer before an output' },
      { path: 'classes/kernel', why: 'the last layer before an output' },
    ]);
  });

  it('leaves out what is frozen, by itself or by the model around it, also when include names it', () => {
    const model = twoStemsTwoHeads();
    model.getLayer('body').trainable = false;
    const why = 'frozen: the model does not train it';
    const { kernels: chosen, skipped } = chooseKernels(graphOf(model), { include: ['body', 'hidden'] });
    expect(pathsOf(chosen)).toEqual(['hidden/kernel']);
    expect(skipped).toEqual([{ path: 'body/kernel', why }]);
    expect(() => chooseKernels(graphOf(model), { include: ['body'] }, 'prune')).toThrow(
      new RangeError(`prune: no kernel is selected of body/kernel (body/kernel: ${why})`),
    );
    const inner = tf.sequential({
      name: 'inner',
      layers: [layers.lstm({ units: 2, inputShape: [3, 4], name: 'memory' }), layers.dense({ units: 5, name: 'd' })],
    });
    inner.trainable = false;
    const outer = tf.sequential({
      layers: [inner, layers.dense({ units: 3, name: 'mid' }), layers.dense({ units: 1 })],
    });
    expect(pathsOf(selectKernels(graphOf(outer)))).toEqual(['mid/kernel']);
  });

  it('takes embeddings by choice only', () => {
    const model = tf.sequential({
      layers: [
        layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 5, name: 'table' }),
        layers.conv1d({ filters: 3, kernelSize: 2, name: 'first' }),
        layers.gru({ units: 2, name: 'gru' }),
        layers.dense({ units: 1, name: 'out' }),
      ],
    });
    // The first convolution is spared as it was when embeddings were unknown.
    expect(pathsOf(selectKernels(graphOf(model)))).toEqual(['gru/kernel', 'gru/recurrent_kernel']);
    expect(pathsOf(selectKernels(graphOf(model), { include: ['table'] }))).toEqual(['table/embeddings']);
  });

  it('says why nothing is selected', () => {
    const only = tf.sequential({ layers: [layers.dense({ units: 3, inputShape: [2], name: 'a' })] });
    expect(() => selectKernels(graphOf(only), {}, 'prune')).toThrow(
      new RangeError('prune: no kernel is selected of a/kernel (a/kernel: the last layer before an output)'),
    );
  });

  it('says what a model without kernels has in their place', () => {
    const norm = layers.batchNormalization({ inputShape: [2], name: 'norm' });
    expect(() => chooseKernels(graphOf(tf.sequential({ layers: [norm] })), { include: ['a'] }, 'prune')).toThrow(
      new RangeError(
        'prune: the model has no kernel: its layers with weights are norm (BatchNormalization: gamma, beta, ' +
          "moving_mean, moving_variance); name those of layers of your own in 'custom'",
      ),
    );
    const flat = tf.sequential({ layers: [layers.flatten({ inputShape: [2, 2] })] });
    expect(() => chooseKernels(graphOf(flat), {}, 'prune')).toThrow(
      new RangeError('prune: the model has no kernel: no layer of it has weights'),
    );
  });

  it.each<[unknown, string]>([
    ['Own', '"Own"'],
    [['Own'], '["Own"]'],
    [null, 'null'],
    [{ Own: 'kk' }, '"kk" for Own'],
    [{ Own: { kk: [1] } }, '{"kk":[1]} for Own'],
    [{ Own: [1] }, '[1] for Own'],
    [{ Own: undefined }, 'undefined for Own'],
  ])('refuses %j for custom', (custom, got) => {
    const graph = network(conv());
    const form = "custom must be { MyLayer: ['weight', …] }, from class names to lists of weight names";
    const selection = { custom } as object;
    for (const call of [chooseKernels, selectKernels]) {
      expect(() => call(graph, selection, 'prune')).toThrow(new TypeError(`prune: ${form}, got ${got}`));
    }
    expect(() => selectPaths('prune', ['a/kernel'], selection)).toThrow(new TypeError(`prune: ${form}, got ${got}`));
    expect(() => kernels(graph, custom as never)).toThrow(new TypeError(`kernels: ${form}, got ${got}`));
  });

  it.each(['include', 'exclude'])('refuses null for %s', (key) => {
    expect(() => selectKernels(network(conv()), { [key]: null } as object, 'prune')).toThrow(
      new TypeError(`prune: ${key} must be an array of patterns, got null`),
    );
  });

  describe("of layers of a user's own", () => {
    const Dense = Object.getPrototypeOf(layers.dense({ units: 1 })).constructor as new (
      args: object,
    ) => tf.layers.Layer;
    class MyDense extends Dense {
      static className = 'GraphTestDense';
    }
    class Mixing extends tf.layers.Layer {
      static className = 'GraphTestMixing';
      mix!: tf.LayerVariable;
      override build() {
        this.mix = this.addWeight('mix', [4, 4], 'float32', tf.initializers.ones());
      }
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        return tf.matMul((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor2D, this.mix.read() as tf.Tensor2D);
      }
    }
    class Holding extends tf.layers.Layer {
      static className = 'GraphTestHolding';
      readonly held = layers.dense({ units: 4, name: 'held' });
      override build(shape: tf.Shape) {
        this.held.build(shape);
        this.trainableWeights = this.held.trainableWeights;
      }
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        return this.held.apply(Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor;
      }
    }
    const model = tf.sequential({
      layers: [
        new MyDense({ units: 4, inputShape: [3], name: 'mine' }),
        new Mixing({ name: 'mixing' }),
        new Holding({ name: 'holding' }),
        layers.dense({ units: 1, name: 'out' }),
      ],
    });

    it('finds subclasses, what they hold, and what custom names; lists the rest', () => {
      const { kernels: chosen, skipped } = chooseKernels(graphOf(model));
      expect(pathsOf(chosen)).toEqual(['mine/kernel', 'holding/held/kernel']);
      expect(skipped[0]).toEqual({
        path: 'mixing/mix',
        why: "weights of a GraphTestMixing, which is no stock layer: name them in 'custom' if they are a kernel",
      });
      const custom = { GraphTestMixing: ['mix'] };
      const named = selectKernels(graphOf(model), { custom });
      expect(pathsOf(named)).toEqual(['mine/kernel', 'mixing/mix', 'holding/held/kernel']);
      expect(named[2]!.hosts.map(({ path }) => path)).toEqual(['holding']);
    });

    it('refuses names that there are none of', () => {
      expect(() => selectKernels(graphOf(model), { custom: { GraphTestMixing: ['w'] } }, 'prune')).toThrow(
        new RangeError("prune: custom must name weights of GraphTestMixing (mix), got 'w'"),
      );
      expect(() => selectKernels(graphOf(model), { custom: { Other: ['w'] } }, 'prune')).toThrow(
        new RangeError("prune: custom names 'Other', and the model has no such layer"),
      );
      expect(() => selectKernels(graphOf(model), { include: ['mixing'] }, 'prune')).toThrow('mixing/mix: weights of a');
    });
  });
});
