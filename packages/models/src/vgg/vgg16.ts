import * as tf from '@tensorflow/tfjs';
import {
  checkBelowOne,
  checkImageOptions,
  checkPositive,
  finishModel,
  type ImageModelOptions,
  imageModelBase,
} from '../blocks/architecture.js';
import { type BlockOptions, batchNorm, convolution, hidden, logits, relu } from '../blocks/layers.js';

/** Convolutions per stage, and their channels as multiples of the first stage's. */
const STAGES = [
  [2, 1],
  [2, 2],
  [3, 4],
  [3, 8],
  [3, 8],
] as const;

/** Options of `vgg16`. */
export interface Vgg16Options extends ImageModelOptions {
  /**
   * `'imagenet'`: the published network for 224×224 images and 1000 classes, with two hidden dense layers and dropout
   * (138,357,544 parameters; 138,365,992 with BatchNorm). `'cifar'`: the usual form for 32×32 images and 10 classes,
   * with BatchNorm after every convolution and the logits directly after the last stage (14,728,266 parameters).
   */
  form: 'imagenet' | 'cifar';
  /** BatchNorm after every convolution. Default false for `'imagenet'`, true for `'cifar'`. */
  batchNorm?: boolean;
  /** Channels of the first stage. Default 64. */
  width?: number;
  /** Units of the two hidden dense layers of `'imagenet'`. Default 4096. */
  hiddenUnits?: number;
  /** Dropout rate after each hidden dense layer of `'imagenet'`, in [0, 1). Default 0.5. */
  dropout?: number;
  /** Momentum of BatchNorm's running statistics. Default 0.9. */
  batchNormMomentum?: number;
}

/**
 * VGG-16 (configuration D): thirteen 3×3 convolutions with bias in five stages, each followed by max pooling, then
 * dense layers; logits without softmax. It equals torchvision's layer by layer, so that `torchvisionVgg16` can import
 * its weights.
 *
 * @throws RangeError if a number is out of range, the images are smaller than 32×32, or an option of hidden layers is
 *   given for a form that has none
 * @see Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv 1409.1556
 */
export function vgg16(options: Vgg16Options): tf.LayersModel {
  checkImageOptions('vgg16', options, ['form', 'batchNorm', 'width', 'hiddenUnits', 'dropout', 'batchNormMomentum']);
  const { form, width = 64, hiddenUnits = 4096, dropout = 0.5, batchNormMomentum: momentum = 0.9 } = options;
  if (form !== 'imagenet' && form !== 'cifar') {
    throw new RangeError(`vgg16: form must be 'imagenet' or 'cifar', got '${form}'`);
  }
  const isLarge = form === 'imagenet';
  for (const name of ['hiddenUnits', 'dropout'] as const) {
    if (isLarge || options[name] === undefined) continue;
    const got = options[name];
    throw new RangeError(`vgg16: ${name} must be absent for form 'cifar', which has no hidden layers, got ${got}`);
  }
  const base = imageModelBase(
    'vgg16',
    options,
    isLarge ? { inputShape: [224, 224, 3], classes: 1000 } : { inputShape: [32, 32, 3], classes: 10 },
  );
  checkPositive('vgg16', 'width', [width]);
  checkPositive('vgg16', 'hiddenUnits', [hiddenUnits]);
  checkBelowOne('vgg16', 'dropout', dropout);
  checkBelowOne('vgg16', 'batchNormMomentum', momentum);
  if (base.inputShape[0] < 32 || base.inputShape[1] < 32) {
    throw new RangeError(`vgg16: inputShape must be at least 32×32, got ${base.inputShape[0]}×${base.inputShape[1]}`);
  }
  const { initializers } = base;
  const hasBatchNorm = options.batchNorm ?? !isLarge;
  const common: BlockOptions = { initializers, momentum, epsilon: 1e-5, padding: 'symmetric' };

  const input = tf.input({ shape: [...base.inputShape], name: 'image' });
  let x = input;
  STAGES.forEach(([convolutions, factor], stage) => {
    for (let index = 1; index <= convolutions; index++) {
      const name = `stage${stage + 1}_conv${index}`;
      x = convolution(x, common, { filters: width * factor, kernelSize: 3, useBias: true, name });
      if (hasBatchNorm) x = batchNorm(x, common, `stage${stage + 1}_norm${index}`);
      x = relu(x, `stage${stage + 1}_relu${index}`);
    }
    x = tf.layers
      .maxPooling2d({ poolSize: 2, strides: 2, name: `stage${stage + 1}_pool` })
      .apply(x) as tf.SymbolicTensor;
  });
  x = tf.layers.flatten({ name: 'flatten' }).apply(x) as tf.SymbolicTensor;
  if (isLarge) {
    for (const name of ['hidden1', 'hidden2']) {
      x = hidden(x, hiddenUnits, initializers, name);
      if (dropout > 0) {
        x = tf.layers.dropout({ rate: dropout, name: `${name}_dropout` }).apply(x) as tf.SymbolicTensor;
      }
    }
  }
  return finishModel(options, input, logits(x, base.classes, initializers), `vgg16_${form}`);
}
