import * as tf from '@tensorflow/tfjs';
import {
  checkBelowOne,
  checkImageOptions,
  checkPositive,
  finishModel,
  type ImageModelOptions,
  imageModelBase,
} from '../blocks/architecture.js';
import { type BlockOptions, batchNorm, classifier, convolution, relu, symmetricPadding } from '../blocks/layers.js';
import { basicBlock, bottleneckBlock, type ResidualBlock } from '../blocks/postactivation-block.js';

/** Block type, and number of blocks per stage. */
const ARCHITECTURES = {
  18: [basicBlock, [2, 2, 2, 2]],
  34: [basicBlock, [3, 4, 6, 3]],
  50: [bottleneckBlock, [3, 4, 6, 3]],
  102: [basicBlock, [3, 8, 36, 3]],
} as const satisfies Record<number, readonly [ResidualBlock, readonly number[]]>;

/** Options of `imagenetResNet`. Default: 224×224 colour images, 1000 classes. */
export interface ImagenetResNetOptions extends ImageModelOptions {
  /** Layers with weights. 102 is the targeted-dropout paper's network: basic blocks, [3, 8, 36, 3] per stage. */
  depth: keyof typeof ARCHITECTURES;
  /** Channels of the first convolution and the first stage. Every further stage doubles them. Default 64. */
  width?: number;
  /** Momentum of BatchNorm's running statistics. Default 0.9. */
  batchNormMomentum?: number;
}

/**
 * A ResNet for large images: a 7×7 convolution of stride 2, max pooling, four stages, global average pooling and logits
 * (no softmax). It equals torchvision's layer by layer and pads alike, so that torchvision's weights can be imported
 * (`torchvisionResNet`). Depth 18 has 11,689,512 parameters, 34 has 21,797,672, 50 has 25,557,032.
 *
 * @throws RangeError if a number is out of range
 * @see He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385
 */
export function imagenetResNet(options: ImagenetResNetOptions): tf.LayersModel {
  checkImageOptions('imagenetResNet', options, ['depth', 'width', 'batchNormMomentum']);
  const { depth, width = 64, batchNormMomentum: momentum = 0.9 } = options;
  const base = imageModelBase('imagenetResNet', options, { inputShape: [224, 224, 3], classes: 1000 });
  if (!Object.hasOwn(ARCHITECTURES, depth)) {
    throw new RangeError(`imagenetResNet: depth must be one of ${Object.keys(ARCHITECTURES).join(', ')}, got ${depth}`);
  }
  checkPositive('imagenetResNet', 'width', [width]);
  checkBelowOne('imagenetResNet', 'batchNormMomentum', momentum);
  const [makeBlock, stages]: readonly [ResidualBlock, readonly number[]] = ARCHITECTURES[depth];
  const common: BlockOptions = { initializers: base.initializers, momentum, epsilon: 1e-5, padding: 'symmetric' };

  const input = tf.input({ shape: [...base.inputShape], name: 'image' });
  let x = convolution(input, common, { filters: width, kernelSize: 7, stride: 2, name: 'first_conv' });
  x = relu(batchNorm(x, common, 'first_norm'), 'first_relu');
  // PyTorch pads with −∞ here. Zeros give the same maximum, because the outputs of a ReLU are never negative.
  x = symmetricPadding(x, 1, 'first_pool_pad');
  x = tf.layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'first_pool' }).apply(x) as tf.SymbolicTensor;
  stages.forEach((blocks, stage) => {
    for (let block = 0; block < blocks; block++) {
      x = makeBlock(x, {
        ...common,
        width: width * 2 ** stage,
        stride: block === 0 && stage > 0 ? 2 : 1,
        shortcut: 'projection',
        name: `stage${stage + 1}_block${block + 1}`,
      });
    }
  });
  return finishModel(options, input, classifier(x, base.classes, base.initializers), `imagenet_resnet${depth}`);
}
