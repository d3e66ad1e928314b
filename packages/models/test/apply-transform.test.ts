import { targetedDropoutTransform } from '@winnow/baselines';
import { appliedTransform, applyTransform, modelKernels, resnet, selectKernels } from '@winnow/models';
import { kernelIdOf, targetedDropout, type WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';

/** A model as a user would write it, with a nested model and a layer in a wrapper. */
function userModel(): tf.LayersModel {
  const inner = tf.sequential({ name: 'inner' });
  inner.add(tf.layers.conv2d({ filters: 6, kernelSize: 3, inputShape: [8, 8, 4], name: 'conv', activation: 'relu' }));
  inner.add(tf.layers.flatten());
  const input = tf.input({ shape: [8, 8, 4] });
  let x = inner.apply(input) as tf.SymbolicTensor;
  x = tf.layers.reshape({ targetShape: [6, 36] }).apply(x) as tf.SymbolicTensor;
  const dense = tf.layers.dense({ units: 5, name: 'shared' });
  x = tf.layers.timeDistributed({ layer: dense, name: 'each' }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.flatten().apply(x) as tf.SymbolicTensor;
  x = tf.layers.dense({ units: 9, name: 'hidden' }).apply(x) as tf.SymbolicTensor;
  const output = tf.layers.dense({ units: 3, name: 'out' }).apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output });
}

/** Doubles a kernel, so that its work shows. */
const doubling: WeightTransform = {
  name: 'doubling',
  apply: (kernel) => tf.mul(kernel, 2),
  getConfig: () => ({}),
};

describe('selectKernels', () => {
  it('finds kernels in nested models and wrappers, in order', () => {
    const paths = modelKernels(userModel()).map(({ path }) => path);
    expect(paths).toEqual(['inner/conv/kernel', 'each/kernel', 'hidden/kernel', 'out/kernel']);
  });

  it('excludes the first convolution and the last layer by default', () => {
    const paths = (model: tf.LayersModel) => selectKernels('test', model).map(({ path }) => path);
    expect(paths(userModel())).toEqual(['each/kernel', 'hidden/kernel']);
    const mlp = tf.sequential({
      layers: [tf.layers.dense({ units: 4, inputShape: [3], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
    });
    expect(paths(mlp)).toEqual(['a/kernel']);
  });

  it('accepts patterns of layers and kernels', () => {
    const paths = (include?: string[], exclude?: string[]) =>
      selectKernels('test', userModel(), { ...(include && { include }), ...(exclude && { exclude }) }).map(
        (k) => k.path,
      );
    expect(paths(['inner/*'])).toEqual(['inner/conv/kernel']);
    expect(paths(['**'], ['out', 'each/kernel'])).toEqual(['inner/conv/kernel', 'hidden/kernel']);
    expect(paths(undefined, ['hidden'])).toEqual(['each/kernel']);
  });

  it('refuses patterns that match nothing, and lists the kernels', () => {
    const select = (selection: object) => () => selectKernels('prune', userModel(), selection);
    expect(select({ include: ['convolution*'] })).toThrow(
      "prune: include pattern 'convolution*' matches no kernel; there are inner/conv/kernel, each/kernel",
    );
    expect(select({ exclude: ['x'] })).toThrow("prune: exclude pattern 'x' matches no kernel");
    expect(select({ include: ['out'], exclude: ['out'] })).toThrow('prune: no kernel is selected of');
  });

  it('refuses a model without any kernel', () => {
    const model = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [2, 2] })] });
    expect(() => selectKernels('test', model)).toThrow('test: the model has no kernel: no layer of it has weights');
  });

  it.each(['kernel', { Dense: 'kernel' }, { Own: { kk: [1] } }])('refuses %j for custom', (custom) => {
    const message = ": custom must be { MyLayer: ['weight', …] }, from class names to lists of weight names, got ";
    expect(() => modelKernels(userModel(), custom as never)).toThrow(`modelKernels${message}`);
    expect(() => applyTransform(userModel(), doubling, { custom } as never)).toThrow(`applyTransform${message}`);
  });
});

describe('applyTransform', () => {
  it('makes every selected layer compute with the transformed kernel, and only those', () => {
    const model = userModel();
    const x = tf.randomNormal([2, 8, 8, 4], 0, 1, 'float32', 1);
    const before = model.predict(x) as tf.Tensor;
    const handle = applyTransform(model, doubling, { include: ['hidden', 'inner/conv', 'each', 'out'] });
    const transformed = model.predict(x) as tf.Tensor;
    handle.remove();
    const after = model.predict(x) as tf.Tensor;
    expect(after.dataSync()).toEqual(before.dataSync());
    // Biases are zero and ReLU is homogeneous: four doubled kernels in a row are a factor of 16.
    const expected = tf.mul(before, 16).dataSync();
    for (const [i, value] of transformed.dataSync().entries()) expect(value).toBeCloseTo(expected[i] as number, 3);
  });

  it('passes gradients through the transform to the raw kernel', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], useBias: false })] });
    const [kernel] = modelKernels(model);
    const x = tf.ones([1, 4]);
    applyTransform(model, doubling, { include: ['*'] });
    const { grads } = tf.variableGrads(() => tf.sum(model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar);
    expect([...(grads[kernel!.variable.name] as tf.Tensor).dataSync()]).toEqual(new Array(12).fill(2));
  });

  it('gives each kernel its own mask, a new one in each step, and the raw kernel in evaluation', () => {
    const transform = targetedDropoutTransform({ targetFraction: 0.8, dropRate: 0.5, seed: 5 });
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 6, inputShape: [10], useBias: false, name: 'a' })],
    });
    const { kernels, step } = applyTransform(model, transform, { include: ['a'] });
    const kernel = kernels[0]!.variable;
    const identity = tf.eye(10);
    const used = (training: boolean) => [...(model.apply(identity, { training }) as tf.Tensor).dataSync()];
    const expected = (at: number) => [
      ...targetedDropout(kernel, {
        targetFraction: 0.8,
        dropRate: 0.5,
        seed: 5,
        step: at,
        kernelId: kernelIdOf('a/kernel'),
      }).dataSync(),
    ];
    // By itself the step advances with every further training pass.
    expect(used(true)).toEqual(expected(0));
    expect(used(true)).toEqual(expected(1));
    expect(used(false)).toEqual([...kernel.dataSync()]);
    expect(used(true)).toEqual(expected(2));
    // Once a loop sets it, it stays until it is set again.
    step.set(40);
    expect(used(true)).toEqual(expected(40));
    expect(used(true)).toEqual(expected(40));
    expect(step.value).toBe(40);
    expect(() => step.set(-1)).toThrow('TrainingStep: step must be an integer in [0, 2147483647], got -1');
  });

  it('refuses a second transform by name, and removes without a trace', () => {
    const model = userModel();
    const x = tf.ones([1, 8, 8, 4]);
    const raw = (model.predict(x) as tf.Tensor).dataSync();
    const first = applyTransform(model, doubling);
    expect(() => applyTransform(model, doubling)).toThrow(
      `applyTransform: model '${model.name}' has method 'doubling' already; bake() or remove() that first, or combine`,
    );
    expect(appliedTransform(model)).toBe(first);
    first.remove();
    const second = applyTransform(model, doubling);
    second.remove();
    expect(appliedTransform(model)).toBeUndefined();
    expect((model.predict(x) as tf.Tensor).dataSync()).toEqual(raw);
    expect(model.getUserDefinedMetadata()).toEqual({});
    expect(Object.hasOwn(model.getLayer('hidden'), 'call')).toBe(false);
  });

  it('names the kernel that holds NaN', () => {
    const model = resnet({ depth: 8, inputShape: [8, 8, 1] });
    const transform = targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 });
    const kernel = applyTransform(model, transform).kernels[2]!;
    kernel.variable.assign(tf.fill(kernel.variable.shape, Number.NaN));
    const call = () => model.apply(tf.zeros([1, 8, 8, 1]), { training: true });
    expect(call).toThrow(`targetedDropoutAll: kernel '${kernel.path}' must not contain NaN, got NaN at index 0`);
  });

  it('leaves nothing behind of how a transform makes its own variables', () => {
    const model = userModel();
    const before = tf.memory().numTensors;
    const applied = applyTransform(model, {
      ...doubling,
      variables: ({ kernel }) => ({ mask: { initial: tf.cast(tf.greater(tf.abs(kernel), 0.1), 'float32') } }),
    });
    const { variables } = applied;
    expect(variables.length).toBeGreaterThan(0);
    expect(variables[0]!.variable.dataSync()).toHaveLength(variables[0]!.variable.size);
    applied.remove();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves no tensor behind', () => {
    const model = resnet({ depth: 8, inputShape: [8, 8, 1] });
    applyTransform(model, targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 }));
    const x = tf.zeros([2, 8, 8, 1]);
    const pass = () => tf.tidy(() => void model.apply(x, { training: true }));
    pass();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 10; i++) pass();
    expect(tf.memory().numTensors).toBe(before);
  });
});
