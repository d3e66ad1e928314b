import * as tf from '@tensorflow/tfjs';
import {
  checkBelowOne,
  checkImageOptions,
  checkPositive,
  finishModel,
  type ImageModelOptions,
  imageModelBase,
} from '../blocks/architecture.js';
import { type BlockOptions, classifier, convolution, normalise } from '../blocks/layers.js';
import { preactivationBlock } from '../blocks/preactivation-block.js';
import { blocksPerStage } from './blocks-per-stage.js';

/** Options of `resnet`. Default: 32×32 colour images, 10 classes. */
export interface ResNetOptions extends ImageModelOptions {
  /** Layers with weights: 2 + 6·blocks for three stages (8, 14, 20, 32, …). */
  depth: number;
  /** Channels of each stage. Default `[16, 32, 64]`. The paper's ResNet-32 has `[32, 64, 128]`. */
  widths?: readonly number[];
  /** Kernel size of the first convolution. Default 3. The paper's code has 7. */
  firstKernelSize?: number;
  /** Channels of the first convolution. Default 16. */
  firstWidth?: number;
  /** Momentum of BatchNorm's running statistics. Default 0.9. The paper's code has 0.997, for long runs. */
  batchNormMomentum?: number;
}

/**
 * A pre-activation ResNet for small images (`cifarResNet` is the original, post-activation form): a first convolution,
 * one stage per width with the same number of blocks of two convolutions, then BatchNorm, ReLU, global average pooling
 * and logits (no softmax). Every stage but the first halves the image. Shortcuts that change the shape are 1×1
 * convolutions, dropped and pruned like the others. Pads as TensorFlow does.
 *
 * `resnet({depth: 32, widths: [32, 64, 128], firstKernelSize: 7})` is the ResNet-32 of the paper's code.
 *
 * @throws RangeError if a number is out of range, or depth does not fit the number of stages
 * @see He et al., "Identity Mappings in Deep Residual Networks", arXiv 1603.05027; arXiv 1905.13678
 */
export function resnet(options: ResNetOptions): tf.LayersModel {
  checkImageOptions('resnet', options, ['depth', 'widths', 'firstKernelSize', 'firstWidth', 'batchNormMomentum']);
  const { widths = [16, 32, 64], firstKernelSize = 3, firstWidth = 16, batchNormMomentum: momentum = 0.9 } = options;
  const base = imageModelBase('resnet', options, { inputShape: [32, 32, 3], classes: 10 });
  checkPositive('resnet', 'widths', widths);
  checkPositive('resnet', 'firstKernelSize', [firstKernelSize]);
  checkPositive('resnet', 'firstWidth', [firstWidth]);
  checkBelowOne('resnet', 'batchNormMomentum', momentum);
  const blocks = blocksPerStage('resnet', options.depth, widths.length);
  const common: BlockOptions = { initializers: base.initializers, momentum, epsilon: 1e-3, padding: 'same' };

  const input = tf.input({ shape: [...base.inputShape], name: 'image' });
  let x = convolution(input, common, { filters: firstWidth, kernelSize: firstKernelSize, name: 'first_conv' });
  widths.forEach((width, stage) => {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      x = preactivationBlock(x, { ...common, width, stride, name: `stage${stage + 1}_block${block + 1}` });
    }
  });
  x = normalise(x, common, 'last');
  return finishModel(options, input, classifier(x, base.classes, base.initializers), `resnet${options.depth}`);
}
