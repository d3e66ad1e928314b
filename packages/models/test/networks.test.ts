/**
 * Compares outputs and gradients of every architecture with PyTorch's, using weights imported from a PyTorch state
 * dict.
 */

import { readdirSync, readFileSync } from 'node:fs';
import {
  cifarResNet,
  exportWeights,
  imagenetResNet,
  importWeights,
  lenet5,
  lenet300,
  mlp,
  type NameMap,
  namedVariables,
  pytorchCifarResNet,
  pytorchNames,
  pytorchWideResNet,
  resnet,
  torchvisionResNet,
  torchvisionVgg16,
  vgg16,
  wideResNet,
} from '@winnow/models';
import { useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fill, weight } from './golden/fill.js';

interface Golden {
  batch: number;
  /** Channels, height, width. */
  image: [number, number, number];
  gain: number;
  tensors: Record<string, number[]>;
  inference: number[];
  training: number[];
  loss: number;
  /** Norm, product with `fill('probe ' + name)`, first element. */
  gradients: Record<string, [number, number, number]>;
}

type Shape = [number, number, number];
type Case = [name: string, make: (inputShape: Shape) => tf.LayersModel, names: (model: tf.LayersModel) => NameMap];

const widths = [4, 8, 16];
const zeros = { initialWeights: 'zeros' } as const;
const dense = () => pytorchNames((layer) => (/^(conv|hidden)\d$|^logits$/.test(layer) ? layer : undefined));

const cases: Case[] = [
  ...[20, 32, 44, 56, 110].map((depth): Case => {
    const make = (inputShape: Shape) => cifarResNet({ ...zeros, depth, widths, inputShape });
    return [`cifar_resnet${depth}a`, make, () => pytorchCifarResNet()];
  }),
  [
    'cifar_resnet20b',
    (inputShape) => cifarResNet({ ...zeros, depth: 20, shortcut: 'B', widths, inputShape }),
    () => pytorchCifarResNet(),
  ],
  [
    'resnet32_paper',
    (inputShape) => resnet({ ...zeros, depth: 32, widths, firstKernelSize: 7, inputShape }),
    () => pytorchWideResNet(),
  ],
  ['wrn_16_4', (inputShape) => wideResNet({ ...zeros, depth: 16, widen: 4, inputShape }), () => pytorchWideResNet()],
  ['wrn_28_2', (inputShape) => wideResNet({ ...zeros, depth: 28, widen: 2, inputShape }), () => pytorchWideResNet()],
  ...([18, 34, 50, 102] as const).map((depth): Case => {
    const width = depth === 18 ? 8 : 4;
    const make = (inputShape: Shape) => imagenetResNet({ ...zeros, depth, width, classes: 12, inputShape });
    return [`imagenet_resnet${depth}`, make, () => torchvisionResNet()];
  }),
  ...[false, true].map((batchNorm): Case => {
    const options = { ...zeros, form: 'imagenet', batchNorm, width: 4, hiddenUnits: 32, dropout: 0 } as const;
    return [
      `vgg16_imagenet${batchNorm ? '_norm' : ''}`,
      (inputShape) => vgg16({ ...options, classes: 12, inputShape }),
      torchvisionVgg16,
    ];
  }),
  ['vgg16_cifar', (inputShape) => vgg16({ ...zeros, form: 'cifar', width: 8, inputShape }), torchvisionVgg16],
  ['lenet5', (inputShape) => lenet5({ ...zeros, inputShape }), dense],
  ['lenet300', (inputShape) => lenet300({ ...zeros, inputShape }), dense],
  ['mlp_10', (inputShape) => mlp({ ...zeros, inputShape }), dense],
];

it('has a case for every network that make_golden.py describes', () => {
  const others = ['counts.json', 'keras3.json', 'layouts.json'];
  const files = readdirSync(new URL('./golden', import.meta.url)).filter((file) => file.endsWith('.json'));
  const networks = files.filter((file) => !others.includes(file)).map((file) => file.replace('.json', ''));
  expect(cases.map(([name]) => name).sort()).toEqual(networks.sort());
});

const TOLERANCE = 1e-4;

/** The largest distance, relative to the largest expected value. */
function distance(values: ArrayLike<number>, expected: readonly number[]): number {
  expect(values).toHaveLength(expected.length);
  const size = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(values[index]! - value))) / size;
}

const norm = (values: ArrayLike<number>) => Math.sqrt(dot(values, values));
function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

/**
 * A value within rounding of ReLU's corner may fall on its other side on one instruction set, and take its share of a
 * gradient with it. Images so little larger move such a value, and nothing else.
 */
const SCALES = [1, 1 + 2 ** -22];

/** The gradients that are not PyTorch's, with how far off they are. Overwrites the model's weights. */
function offGradients(
  model: tf.LayersModel,
  names: NameMap,
  images: tf.Tensor,
  labels: tf.Tensor,
  golden: Golden,
): string[] {
  const { value, grads } = tf.variableGrads(() => {
    const training = model.apply(images, { training: true }) as tf.Tensor;
    expect(distance(training.dataSync(), golden.training)).toBeLessThan(TOLERANCE);
    return tf.losses.softmaxCrossEntropy(labels, training) as tf.Scalar;
  });
  expect(Math.abs(value.dataSync()[0]! - golden.loss)).toBeLessThan(TOLERANCE * golden.loss);

  // The gradients under PyTorch's names and in its layout, by the way that weights are exported.
  const variables = [...namedVariables(model)].filter(([, { variable }]) => grads[variable.name] !== undefined);
  expect(variables.length).toBe(Object.keys(golden.gradients).length);
  for (const [, { variable }] of variables) variable.assign(grads[variable.name]!);
  const gradients = exportWeights(model, names);
  const whole = norm(Object.values(golden.gradients).map(([size]) => size));
  return Object.entries(golden.gradients).flatMap(([tensor, [size, product, first]]) => {
    const { values } = gradients.get(tensor)!;
    // A bias before BatchNorm has no gradient but rounding: there the whole gradient is the measure.
    const allowed = TOLERANCE * size + 1e-6 * whole;
    const most = Math.max(
      Math.abs(norm(values) - size),
      Math.abs(dot(values, fill(`probe ${tensor}`, values.length)) - product),
      Math.abs(values[0]! - first),
    );
    return most < allowed ? [] : [`${tensor}: off by ${most}, allowed ${allowed}`];
  });
}

let stock: () => void;
beforeAll(() => {
  stock = useFastGradients();
});
afterAll(() => stock());

it.each(cases)('%s computes what PyTorch computes', (name, make, namesFor) => {
  const golden = JSON.parse(readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8')) as Golden;
  const [channels, height, width] = golden.image;
  const model = make([height, width, channels]);
  const names = namesFor(model);
  const state = new Map(
    Object.entries(golden.tensors).map(([tensor, shape]) => [tensor, weight(tensor, shape, golden.gain)]),
  );
  importWeights(model, state, names);

  tf.tidy(() => {
    const count = golden.batch * channels * height * width;
    const stored = tf.tensor4d(Float32Array.from(fill('input', count)), [golden.batch, channels, height, width]);
    const images = tf.transpose(stored, [0, 2, 3, 1]);
    const classes = model.outputShape[1] as number;
    const labels = tf.oneHot(
      Array.from({ length: golden.batch }, (_, index) => (7 * index + 3) % classes),
      classes,
    );
    const inference = model.apply(images) as tf.Tensor;
    expect(distance(inference.dataSync(), golden.inference)).toBeLessThan(TOLERANCE);

    let off: string[] = [];
    for (const scale of SCALES) {
      importWeights(model, state, names);
      off = offGradients(model, names, tf.mul(images, scale), labels, golden);
      if (off.length === 0) break;
    }
    expect(off).toEqual([]);
  });
  model.dispose();
});
