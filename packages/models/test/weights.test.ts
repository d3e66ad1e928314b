import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  cifarResNet,
  exportWeights,
  imagenetResNet,
  importWeights,
  lenet5,
  namedVariables,
  namesInOrder,
  pytorchCifarResNet,
  pytorchNames,
  torchvisionResNet,
  torchvisionVgg16,
  vgg16,
  WeightsError,
} from '@winnow/models';
import { type NamedArray, readSafetensors, writeSafetensors } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder();

const valuesOf = (model: tf.LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);
const array = (shape: number[], values?: number[]): NamedArray => ({
  shape,
  values: Float32Array.from(values ?? Array(shape.reduce((product, axis) => product * axis, 1)).fill(0)),
});

describe('exportWeights and importWeights', () => {
  it.each([
    ['their own names', () => cifarResNet({ depth: 8, shortcut: 'B', seed: 1 }), () => undefined],
    [
      'the usual CIFAR ResNet',
      () => cifarResNet({ depth: 8, shortcut: 'B', seed: 1 }),
      () => pytorchCifarResNet({ prefix: 'module.' }),
    ],
    ['torchvision ResNet-50', () => imagenetResNet({ depth: 50, width: 2, seed: 1 }), () => torchvisionResNet()],
    [
      'torchvision VGG-16',
      () => vgg16({ form: 'imagenet', batchNorm: true, width: 2, hiddenUnits: 4, inputShape: [64, 96, 3], seed: 1 }),
      torchvisionVgg16,
    ],
  ])('go through a file unchanged, under %s', (_, make, namesFor) => {
    const model = make();
    const twin = make();
    const names = namesFor(model);
    const file = join(folder, 'weights.safetensors');
    writeSafetensors(file, exportWeights(model, names));
    twin.setWeights(twin.getWeights().map((weight) => tf.zerosLike(weight)));
    const before = tf.memory().numTensors;
    importWeights(twin, file, names);
    expect(tf.memory().numTensors).toBe(before);
    expect(valuesOf(twin)).toEqual(valuesOf(model));
  });

  it("write PyTorch's names, shapes and order of axes", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: [1, 3], inputShape: [2, 4, 3], name: 'c' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2, useBias: false, name: 'd' }),
      ],
    });
    const kernel = Float32Array.from({ length: 18 }, (_, index) => index);
    const dense = Float32Array.from({ length: 16 }, (_, index) => index);
    model.setWeights([tf.tensor(kernel, [1, 3, 3, 2]), tf.zeros([2]), tf.tensor(dense, [8, 2])]);
    const exported = exportWeights(model, pytorchNames({ c: 'net.0', d: 'net.2' }));
    expect([...exported.keys()]).toEqual(['net.0.weight', 'net.0.bias', 'net.2.weight']);
    // [height, width, in, out] → [out, in, height, width]
    expect(exported.get('net.0.weight')).toEqual(
      array([2, 3, 1, 3], [0, 6, 12, 2, 8, 14, 4, 10, 16, 1, 7, 13, 3, 9, 15, 5, 11, 17]),
    );
    // The image before is 2×2 with 2 channels: PyTorch flattens channel, row, column.
    expect(exported.get('net.2.weight')).toEqual(array([2, 8], [0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15]));
  });

  it('leave the caller its arrays', () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [2], useBias: false, name: 'd' })],
    });
    const given = array([2, 1], [1, 2]);
    importWeights(model, new Map([['d/kernel', given]]));
    given.values[0] = 7;
    const taken = exportWeights(model);
    taken.get('d/kernel')!.values[0] = 8;
    expect(valuesOf(model)).toEqual([[1, 2]]);
  });

  it('map the weights of a model with other names by their order', async () => {
    const keras = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 5, inputShape: [12, 12, 1] }),
        tf.layers.conv2d({ filters: 3, kernelSize: 5 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5 }),
      ],
    });
    await keras.save(`file://${folder}/keras`);
    const loaded = await tf.loadLayersModel(`file://${folder}/keras/model.json`);
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 5, inputShape: [12, 12, 1], name: 'mine1' }),
        tf.layers.conv2d({ filters: 3, kernelSize: 5, name: 'mine2' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5, name: 'mine3' }),
      ],
    });
    importWeights(model, loaded, namesInOrder(model, loaded));
    expect(valuesOf(model)).toEqual(valuesOf(keras));
    loaded.dispose();
    model.predict(tf.zeros([1, 12, 12, 1]));
    expect(() => namesInOrder(lenet5(), model)).toThrow('namesInOrder: the target has 8 variables, the source 6');
  });

  it('work on plain variables, by a map or by their own names', () => {
    const [projection, scale] = [tf.variable(tf.zeros([2, 3]), true, 'test/projection'), tf.variable(tf.zeros([3]))];
    const variables = new Map([
      ['encoder/projection/kernel', projection],
      ['encoder/norm/gamma', scale],
    ]);
    const names = pytorchNames({ 'encoder/norm': 'encoder.norm' });
    const source = new Map([
      ['encoder.projection.weight', array([3, 2], [1, 2, 3, 4, 5, 6])],
      ['encoder.norm.weight', array([3], [7, 8, 9])],
    ]);
    const map = {
      ...names,
      tensorOf: (variable: string) =>
        variable === 'encoder/projection/kernel'
          ? { name: 'encoder.projection.weight', kind: 'linear' as const }
          : names.tensorOf(variable),
    };
    importWeights(variables, source, map);
    expect(projection.arraySync()).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
    expect(exportWeights(variables, map)).toEqual(source);
    expect([...exportWeights([projection]).keys()]).toEqual(['test/projection']);
    importWeights([projection], new Map([['test/projection', tf.ones([2, 3])]]));
    expect([...projection.dataSync()]).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe('weights that do not fit', () => {
  it('are reported all at once, and nothing is changed', () => {
    const model = cifarResNet({ depth: 8, widths: [2, 3, 4], seed: 2 });
    const before = valuesOf(model);
    const names = pytorchCifarResNet();
    const state = exportWeights(model, names);
    state.delete('layer1.0.conv1.weight');
    state.delete('linear.bias');
    state.set('linear.weight', array([4, 10]));
    state.set('bn1.weight', { shape: [2], values: new Int32Array(2) });
    state.set('layer9.conv.weight', array([1]));
    state.set('bn1.num_batches_tracked', array([]));
    for (const [name, { values }] of state) if (name !== 'bn1.weight') values.fill(5);
    let error: unknown;
    try {
      importWeights(model, state, names);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(WeightsError);
    expect(error).toMatchObject({
      missing: ['layer1.0.conv1.weight (for stage1_block1_conv1/kernel)', 'linear.bias (for logits/bias)'],
      unexpected: ['layer9.conv.weight'],
      misshapen: [
        'bn1.weight (for first_norm/gamma): int32, expected float32',
        'linear.weight (for logits/kernel): shape [4,10], expected [10,4]',
      ],
    });
    expect((error as Error).message).toBe(
      [
        'importWeights: the weights do not fit the model, nothing was changed',
        '  missing (2): layer1.0.conv1.weight (for stage1_block1_conv1/kernel); linear.bias (for logits/bias)',
        '  unexpected (1): layer9.conv.weight',
        '  misshapen (2): bn1.weight (for first_norm/gamma): int32, expected float32; ' +
          'linear.weight (for logits/kernel): shape [4,10], expected [10,4]',
      ].join('\n'),
    );
    expect(valuesOf(model)).toEqual(before);
  });

  it('are named if the map has no name for them', () => {
    const model = lenet5();
    expect(() => importWeights(model, new Map(), pytorchNames({ conv1: 'conv1' }))).toThrow(
      'conv1.weight (for conv1/kernel); conv1.bias (for conv1/bias); conv2/kernel (not in the name map)',
    );
    expect(() => exportWeights(model, pytorchNames({ conv1: 'conv1' }))).toThrow(
      "exportWeights: the name map has no name for 'conv2/kernel'",
    );
    expect(() =>
      exportWeights(
        model,
        pytorchNames(() => 'same'),
      ),
    ).toThrow("exportWeights: the name map gives 'same.weight' to two variables");
  });

  it('may be skipped by pattern, for other classes', () => {
    const names = pytorchCifarResNet();
    const state = exportWeights(cifarResNet({ depth: 8, classes: 10, seed: 1 }), names);
    const model = cifarResNet({ depth: 8, classes: 3, seed: 2 });
    const logits = () => [...namedVariables(model).get('logits/kernel')!.variable.dataSync()];
    const before = logits();
    expect(() => importWeights(model, state, names)).toThrow(WeightsError);
    importWeights(model, state, names, { skip: ['logits/*'] });
    expect(logits()).toEqual(before);
    expect([...namedVariables(model).get('first_conv/kernel')!.variable.dataSync()]).not.toEqual([
      ...cifarResNet({ depth: 8, seed: 2 }).getLayer('first_conv').getWeights()[0]!.dataSync(),
    ]);
    expect(() => importWeights(model, state, names, { skip: ['head*'] })).toThrow(
      "importWeights: skip pattern 'head*' matches no variable",
    );
  });

  it('may be of a type that is not read, if the map ignores them', () => {
    const file = join(folder, 'float8.safetensors');
    const header = Buffer.from(
      JSON.stringify({
        'fc.weight': { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
        'fc.weight_scale': { dtype: 'F8_E8M0', shape: [2], data_offsets: [8, 10] },
        'old.weight': { dtype: 'F8_E4M3', shape: [2], data_offsets: [10, 12] },
      }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(file, Buffer.concat([length, header, new Uint8Array(Float32Array.of(3, 4).buffer), Buffer.alloc(4)]));
    const dense = tf.layers.dense({ units: 1, useBias: false, inputShape: [2], name: 'fc' });
    const model = tf.sequential({ layers: [dense] });
    const names = pytorchNames({ fc: 'fc' });
    importWeights(model, file, { ...names, ignored: ['*_scale', 'old.*'] });
    expect(valuesOf(model)).toEqual([[3, 4]]);
    expect(() => importWeights(model, file, names)).toThrow('unexpected (2): fc.weight_scale; old.weight');
    expect(() => importWeights(model, file, { ...names, tensorOf: () => 'old.weight' })).toThrow(
      `${file}: 'old.weight' has dtype F8_E4M3, which cannot be read`,
    );
  });

  it('are a file that is broken, by its name', () => {
    expect(() => importWeights(lenet5(), join(folder, 'none.safetensors'))).toThrow('ENOENT');
  });
});

it('names the variables of nested models and of layers with two kernels', () => {
  const inner = tf.sequential({
    name: 'inner',
    layers: [tf.layers.dense({ units: 2, inputShape: [4, 3], name: 'd' })],
  });
  const model = tf.sequential({ layers: [inner] });
  model.add(tf.layers.bidirectional({ layer: tf.layers.gru({ units: 2 }) as never, name: 'both' }));
  expect([...namedVariables(model).keys()]).toEqual([
    'inner/d/kernel',
    'inner/d/bias',
    'both/kernel',
    'both/recurrent_kernel',
    'both/bias',
    'both/kernel_2',
    'both/recurrent_kernel_2',
    'both/bias_2',
  ]);
  const [a, b] = [tf.variable(tf.zeros([1]), true, 'twice'), tf.zeros([1])];
  expect(() => namedVariables([a, Object.assign(tf.variable(b), { name: 'twice' })])).toThrow(
    "namedVariables: two variables are named 'twice'",
  );
});

it('reads what it wrote for PyTorch', () => {
  const file = join(folder, 'for-pytorch.safetensors');
  const model = lenet5({ seed: 4 });
  writeSafetensors(
    file,
    exportWeights(
      model,
      pytorchNames((layer) => layer),
    ),
    { format: 'pt' },
  );
  const { arrays, metadata } = readSafetensors(file);
  expect(metadata).toEqual({ format: 'pt' });
  expect(arrays.get('hidden1.weight')!.shape).toEqual([500, 800]);
});
