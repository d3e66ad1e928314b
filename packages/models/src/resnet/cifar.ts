import * as tf from '@tensorflow/tfjs';
import {
  checkBelowOne,
  checkImageOptions,
  checkPositive,
  finishModel,
  type ImageModelOptions,
  imageModelBase,
} from '../blocks/architecture.js';
import { type BlockOptions, batchNorm, classifier, convolution, relu } from '../blocks/layers.js';
import { basicBlock } from '../blocks/postactivation-block.js';
import { blocksPerStage } from './blocks-per-stage.js';

/** Options of `cifarResNet`. Default: 32×32 colour images, 10 classes. */
export interface CifarResNetOptions extends ImageModelOptions {
  /** Layers with weights: 2 + 6·blocks. Published: 20, 32, 44, 56, 110. */
  depth: number;
  /**
   * Shortcuts where the shape changes. `'A'` (default, as published for CIFAR-10) takes every other pixel and pads the
   * channels with zeros, half on either side; it has no parameters. `'B'` is a 1×1 convolution with BatchNorm.
   */
  shortcut?: 'A' | 'B';
  /** Channels of each stage. The first convolution has as many as the first stage. Default `[16, 32, 64]`. */
  widths?: readonly number[];
  /** Momentum of BatchNorm's running statistics. Default 0.9. */
  batchNormMomentum?: number;
}

/**
 * He's ResNet for small images in its original, post-activation form (`resnet` is the pre-activation form): a 3×3
 * convolution, stages with the same number of basic blocks, global average pooling and logits (no softmax). Every stage
 * but the first halves the image. With option A, depth 20, 32, 44, 56 and 110 have 0.27, 0.46, 0.66, 0.85 and 1.7
 * million parameters.
 *
 * @throws RangeError if a number is out of range, depth does not fit the number of stages, or widths decrease with
 *   option A
 * @see He et al., "Deep Residual Learning for Image Recognition", section 4.2, arXiv 1512.03385
 */
export function cifarResNet(options: CifarResNetOptions): tf.LayersModel {
  checkImageOptions('cifarResNet', options, ['depth', 'shortcut', 'widths', 'batchNormMomentum']);
  const { shortcut = 'A', widths = [16, 32, 64], batchNormMomentum: momentum = 0.9 } = options;
  const base = imageModelBase('cifarResNet', options, { inputShape: [32, 32, 3], classes: 10 });
  if (shortcut !== 'A' && shortcut !== 'B') {
    throw new RangeError(`cifarResNet: shortcut must be 'A' or 'B', got '${shortcut}'`);
  }
  checkPositive('cifarResNet', 'widths', widths);
  if (shortcut === 'A' && widths.some((width, stage) => width < (widths[stage - 1] ?? 0))) {
    throw new RangeError(`cifarResNet: widths must not decrease with shortcut 'A', got [${widths}]`);
  }
  checkBelowOne('cifarResNet', 'batchNormMomentum', momentum);
  const blocks = blocksPerStage('cifarResNet', options.depth, widths.length);
  const common: BlockOptions = { initializers: base.initializers, momentum, epsilon: 1e-5, padding: 'symmetric' };

  const input = tf.input({ shape: [...base.inputShape], name: 'image' });
  let x = convolution(input, common, { filters: widths[0]!, kernelSize: 3, name: 'first_conv' });
  x = relu(batchNorm(x, common, 'first_norm'), 'first_relu');
  widths.forEach((width, stage) => {
    for (let block = 0; block < blocks; block++) {
      x = basicBlock(x, {
        ...common,
        width,
        stride: block === 0 && stage > 0 ? 2 : 1,
        shortcut: shortcut === 'A' ? 'zeros' : 'projection',
        name: `stage${stage + 1}_block${block + 1}`,
      });
    }
  });
  const name = `cifar_resnet${options.depth}${shortcut.toLowerCase()}`;
  return finishModel(options, input, classifier(x, base.classes, base.initializers), name);
}
