/** Sizes against PyTorch's counts of the same networks (golden/counts.json), which are the published ones. */

import {
  cifarResNet,
  countFlops,
  imagenetResNet,
  layerCosts,
  lenet5,
  lenet300,
  mlp,
  modelKernels,
  parameterCount,
  resnet,
  selectKernels,
  vgg16,
  wideResNet,
} from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import counts from './golden/counts.json' with { type: 'json' };

const zeros = { initialWeights: 'zeros' } as const;

const models: Record<keyof typeof counts, () => tf.LayersModel> = {
  cifar_resnet20a: () => cifarResNet({ ...zeros, depth: 20 }),
  cifar_resnet32a: () => cifarResNet({ ...zeros, depth: 32 }),
  cifar_resnet44a: () => cifarResNet({ ...zeros, depth: 44 }),
  cifar_resnet56a: () => cifarResNet({ ...zeros, depth: 56 }),
  cifar_resnet110a: () => cifarResNet({ ...zeros, depth: 110 }),
  cifar_resnet20b: () => cifarResNet({ ...zeros, depth: 20, shortcut: 'B' }),
  cifar_resnet32b: () => cifarResNet({ ...zeros, depth: 32, shortcut: 'B' }),
  resnet32_paper: () => resnet({ ...zeros, depth: 32, widths: [32, 64, 128], firstKernelSize: 7 }),
  imagenet_resnet18: () => imagenetResNet({ ...zeros, depth: 18 }),
  imagenet_resnet34: () => imagenetResNet({ ...zeros, depth: 34 }),
  imagenet_resnet50: () => imagenetResNet({ ...zeros, depth: 50 }),
  imagenet_resnet102: () => imagenetResNet({ ...zeros, depth: 102 }),
  wrn_28_10: () => wideResNet({ ...zeros, depth: 28, widen: 10, dropout: 0.3 }),
  wrn_16_4: () => wideResNet({ ...zeros, depth: 16, widen: 4 }),
  wrn_40_2: () => wideResNet({ ...zeros, depth: 40, widen: 2 }),
  vgg16_imagenet: () => vgg16({ ...zeros, form: 'imagenet' }),
  vgg16_imagenet_norm: () => vgg16({ ...zeros, form: 'imagenet', batchNorm: true }),
  vgg16_cifar: () => vgg16({ ...zeros, form: 'cifar' }),
  lenet5: () => lenet5(zeros),
  lenet300: () => lenet300(zeros),
  mlp_10: () => mlp(zeros),
};

describe.each(Object.entries(counts))('%s', (name, { parameters, flops }) => {
  it(`has ${parameters} parameters, ${flops} multiply-adds; first convolution and logits are not prunable`, () => {
    const model = models[name as keyof typeof counts]();
    expect(parameterCount(model)).toBe(parameters);
    expect(countFlops(model)).toBe(flops);
    const kernels = modelKernels(model);
    const prunable = new Set(selectKernels('test', model).map(({ path }) => path));
    const kept = kernels.filter(({ path }) => !prunable.has(path)).map(({ path }) => path);
    expect(kept).toEqual(
      kernels[0]!.layer.getClassName() === 'Conv2D' ? [kernels[0]!.path, 'logits/kernel'] : ['logits/kernel'],
    );
    model.dispose();
  });
});

// The numbers that publications print, so that a wrong golden file cannot hide.
it.each([
  ['cifar_resnet20a', 0.27e6],
  ['cifar_resnet32a', 0.46e6],
  ['cifar_resnet44a', 0.66e6],
  ['cifar_resnet56a', 0.85e6],
  ['cifar_resnet110a', 1.7e6],
] as const)('%s has the size that its paper prints', (name, published) => {
  expect(Math.round(counts[name].parameters / 1e4)).toBeCloseTo(published / 1e4, name === 'cifar_resnet110a' ? -1 : 0);
});

it.each([
  ['resnet32_paper', 1_857_498],
  ['imagenet_resnet18', 11_689_512],
  ['imagenet_resnet34', 21_797_672],
  ['imagenet_resnet50', 25_557_032],
  ['vgg16_imagenet', 138_357_544],
  ['wrn_28_10', 36_479_194],
] as const)('%s has exactly the published parameters', (name, published) => {
  expect(counts[name].parameters).toBe(published);
});

it('has 102 layers at depth 102', () => {
  const model = imagenetResNet({ ...zeros, depth: 102, width: 1 });
  const outside = modelKernels(model).filter(({ path }) => !path.includes('shortcut'));
  expect(outside).toHaveLength(102);
  model.dispose();
});

describe('counting', () => {
  it('lists the layers with their shares', () => {
    const model = lenet5(zeros);
    expect(layerCosts(model)).toEqual([
      { path: 'conv1', parameters: 520, flops: 24 * 24 * 25 * 20 },
      { path: 'conv2', parameters: 25_050, flops: 8 * 8 * 25 * 20 * 50 },
      { path: 'hidden1', parameters: 400_500, flops: 800 * 500 },
      { path: 'logits', parameters: 5010, flops: 5000 },
    ]);
  });

  it('looks into nested models and wrappers; counts parameters once per layer, multiply-adds once per run', () => {
    const inner = tf.sequential({ name: 'inner', layers: [tf.layers.dense({ units: 3, inputShape: [5], name: 'a' })] });
    const shared = tf.layers.dense({ units: 3, useBias: false, name: 'shared' });
    const input = tf.input({ shape: [5] });
    let x = inner.apply(input) as tf.SymbolicTensor;
    x = shared.apply(shared.apply(x)) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: x });
    expect(layerCosts(model)).toEqual([
      { path: 'inner/a', parameters: 18, flops: 15 },
      { path: 'shared', parameters: 9, flops: 18 },
    ]);
    const sequence = tf.sequential({
      layers: [
        tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 4 }), inputShape: [7, 5], name: 'each' }),
        tf.layers.conv1d({ filters: 2, kernelSize: 3, name: 'along' }),
      ],
    });
    expect(layerCosts(sequence)).toEqual([
      { path: 'each', parameters: 24, flops: 7 * 20 },
      { path: 'along', parameters: 26, flops: 5 * 24 },
    ]);
  });

  it('knows depthwise and transposed convolutions', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', inputShape: [8, 6, 4], name: 'depthwise' }),
        tf.layers.conv2dTranspose({ filters: 5, kernelSize: 2, strides: 2, name: 'transposed' }),
      ],
    });
    expect(layerCosts(model).map(({ flops }) => flops)).toEqual([48 * 9 * 4, 48 * 4 * 4 * 5]);
  });

  it('counts both kernels of recurrent layers at every step, of both directions', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.lstm({ units: 2, inputShape: [3, 4], returnSequences: true, name: 'lstm' }),
        tf.layers.bidirectional({ layer: tf.layers.gru({ units: 5 }) as never, mergeMode: 'concat', name: 'both' }),
      ],
    });
    // 3 steps of 4 gates, (4 + 2) × 2; 3 steps of 3 gates, (2 + 5) × 5, twice.
    expect(countFlops(model)).toBe(3 * 4 * 12 + 2 * 3 * 3 * 35);
    expect(parameterCount(model)).toBe(4 * (12 + 2) + 2 * 3 * (35 + 5));
  });

  it('takes plain variables', () => {
    expect(parameterCount([tf.variable(tf.zeros([3, 4])), tf.variable(tf.zeros([5]))])).toBe(17);
  });

  it('refuses what it does not know', () => {
    const open = tf.sequential({
      layers: [tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [null, null, 3], name: 'c' })],
    });
    expect(() => countFlops(open)).toThrow(
      "countFlops: 'c' has the open size [null,null,null,2]; give the model's input a fixed one",
    );
    class Mixing extends tf.layers.Layer {
      static className = 'CountsMixing';
      override build() {
        this.addWeight('mix', [4, 4], 'float32', tf.initializers.ones());
      }
    }
    const custom = tf.sequential({ layers: [new Mixing({ inputShape: [4], name: 'm' })] });
    expect(() => countFlops(custom)).toThrow("countFlops: the multiply-adds of 'm', a CountsMixing, are not known");
    class Holding extends tf.layers.Layer {
      static className = 'CountsHolding';
      readonly held = tf.layers.dense({ units: 4 });
      override build(shape: tf.Shape) {
        this.held.build(shape);
        this.trainableWeights = this.held.trainableWeights;
      }
    }
    const holding = tf.sequential({ layers: [new Holding({ inputShape: [4], name: 'h' })] });
    expect(() => countFlops(holding)).toThrow("countFlops: the multiply-adds of 'h");
    expect(parameterCount(holding)).toBe(20);
  });
});

describe('bad options', () => {
  const refusals: [() => unknown, string][] = [
    [() => cifarResNet({ depth: 21 }), 'cifarResNet: depth must be 2 + 6·n for 3 stages with n ≥ 1, got 21'],
    [() => cifarResNet({ depth: 20, shortcut: 'C' as 'A' }), "cifarResNet: shortcut must be 'A' or 'B', got 'C'"],
    [
      () => cifarResNet({ depth: 20, widths: [8, 4, 2] }),
      "cifarResNet: widths must not decrease with shortcut 'A', got [8,4,2]",
    ],
    [() => cifarResNet({ depth: 20, widths: [] }), 'cifarResNet: widths must be positive integers, got []'],
    [() => imagenetResNet({ depth: 101 as 102 }), 'imagenetResNet: depth must be one of 18, 34, 50, 102, got 101'],
    [() => imagenetResNet({ depth: 18, width: 0.5 }), 'imagenetResNet: width must be positive integers, got [0.5]'],
    [() => vgg16({ form: 'small' as 'cifar' }), "vgg16: form must be 'imagenet' or 'cifar', got 'small'"],
    [() => vgg16({ form: 'cifar', inputShape: [28, 28, 1] }), 'vgg16: inputShape must be at least 32×32, got 28×28'],
    [() => vgg16({ form: 'imagenet', dropout: 1 }), 'vgg16: dropout must be in [0, 1), got 1'],
    [() => lenet5({ inputShape: [15, 28, 1] }), 'lenet5: inputShape must be at least 16×16, got 15×28'],
    [() => lenet5({ classes: 0 }), 'lenet5: classes must be positive integers, got [0]'],
    [() => mlp({ hidden: [] }), 'mlp: hidden must be positive integers, got []'],
    [
      () => lenet300({ inputShape: [28, 28] as never }),
      'lenet300: inputShape must be [height, width, channels], got [28,28]',
    ],
    [() => mlp({ initialWeights: 'ones' as 'zeros' }), "mlp: initialWeights must be 'random' or 'zeros', got 'ones'"],
  ];
  it.each(refusals)('are refused: %s', (make, message) => {
    const before = tf.memory().numTensors;
    expect(make).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it.each([
  ['cifarResNet', (seed: number) => cifarResNet({ depth: 8, seed, inputShape: [8, 8, 1] })],
  ['wideResNet', (seed: number) => wideResNet({ depth: 10, widen: 1, seed, inputShape: [8, 8, 1] })],
  ['lenet5', (seed: number) => lenet5({ seed, inputShape: [16, 16, 1] })],
  ['mlp', (seed: number) => mlp({ seed })],
])('%s has the same initial weights for the same seed, others for another', (_, make) => {
  const weights = (seed: number) =>
    make(seed)
      .getWeights()
      .flatMap((weight) => [...weight.dataSync()]);
  expect(weights(3)).toEqual(weights(3));
  expect(weights(4)).not.toEqual(weights(3));
});
