/** Bad arguments of the public functions of `@winnow/models` are named, with what they must be. */

import {
  applyTransform,
  cifarResNet,
  countFlops,
  imagenetResNet,
  lenet5,
  lenet300,
  loadModel,
  mlp,
  modelKernels,
  resnet,
  seedDropout,
  vgg16,
  wideResNet,
} from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';

const makers = { resnet, cifarResNet, imagenetResNet, wideResNet, vgg16, lenet5, lenet300, mlp };
const transform: WeightTransform = { name: 'same', apply: (kernel) => kernel.clone(), getConfig: () => ({}) };
const network = () => mlp({ inputShape: [4, 4, 1], classes: 2 });
const bad = (value: unknown) => value as never;

describe('the model functions', () => {
  it.each([
    ['resnet', { depth: 8 }],
    ['cifarResNet', { depth: 8 }],
    ['imagenetResNet', { depth: 18 }],
    ['wideResNet', { depth: 10, widen: 1 }],
    ['vgg16', { form: 'cifar' }],
    ['lenet5', {}],
    ['lenet300', {}],
    ['mlp', {}],
  ] as const)('%s names what is wrong with its options', (name, options) => {
    const make = makers[name] as (options: unknown) => tf.LayersModel;
    expect(() => make({ ...options, inputShape: '32x32' })).toThrow(
      new TypeError(`${name}: inputShape must be an array of integers ≥ 1, got "32x32"`),
    );
    expect(() => make({ ...options, class: 4 })).toThrow(`${name}: options has no 'class'; did you mean 'classes'?`);
    expect(() => make(null)).toThrow(new TypeError(`${name}: options must be an object, got null`));
  });

  it('an option of layers that the form lacks is refused', () => {
    const cifar = (options: object) => () => vgg16({ form: 'cifar', ...options });
    expect(cifar({ dropout: 0.3 })).toThrow(
      new RangeError("vgg16: dropout must be absent for form 'cifar', which has no hidden layers, got 0.3"),
    );
    expect(cifar({ hiddenUnits: 64 })).toThrow("vgg16: hiddenUnits must be absent for form 'cifar'");
  });

  it('widths and hidden must be arrays', () => {
    expect(() => resnet({ depth: 8, widths: bad(16) })).toThrow('resnet: widths must be an array of integers');
    expect(() => mlp({ hidden: bad('10') })).toThrow('mlp: hidden must be an array of integers');
  });
});

it('applyTransform names the model, the transform and the selection', () => {
  const model = network();
  expect(() => applyTransform(bad(undefined), transform)).toThrow(
    new TypeError('applyTransform: model must be a tf.LayersModel, got undefined'),
  );
  expect(() => applyTransform(model, bad(undefined))).toThrow(
    new TypeError('applyTransform: transform must have name, apply and getConfig, got undefined'),
  );
  expect(() => applyTransform(model, transform, bad({ includes: ['*'] }))).toThrow(
    "applyTransform: selection has no 'includes'; did you mean 'include'?",
  );
  expect(() => applyTransform(model, transform, bad({ include: 'hidden1' }))).toThrow(
    new TypeError('applyTransform: include must be an array of patterns, got "hidden1"'),
  );
  model.dispose();
  expect(() => applyTransform(model, transform)).toThrow('applyTransform: model must not be disposed, but its weight');
});

it('the others name the model', () => {
  for (const [name, call] of Object.entries({ countFlops, modelKernels, seedDropout })) {
    expect(() => call(bad({}), 0 as never)).toThrow(
      new TypeError(`${name}: model must be a tf.LayersModel, got Object`),
    );
  }
});

it('loadModel says how to name a file', async () => {
  await expect(loadModel('/path/model.json')).rejects.toThrow(
    new TypeError(
      "loadModel: source must be a URL, got '/path/model.json'; for a file write 'file:///path/model.json'",
    ),
  );
  await expect(loadModel(bad(undefined))).rejects.toThrow('loadModel: source must be a URL or an IOHandler with load');
});

it('and a model of stock tfjs passes', () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [3] }), tf.layers.dense({ units: 2 })],
  });
  expect(modelKernels(model)).toHaveLength(2);
});
