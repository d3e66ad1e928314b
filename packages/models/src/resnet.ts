import * as tf from '@tensorflow/tfjs';
import type { WeightTransform } from '@winnow/ops';
import { applyTransform } from './apply-transform.js';
import { type BlockOptions, normalise, preactivationBlock } from './blocks/preactivation-block.js';
import type { KernelSelection } from './kernel-layers.js';

/** What `resnet` is asked for. */
export interface ResNetOptions extends KernelSelection {
  /** Layers with weights: 2 + 6·blocks for three stages (8, 14, 20, 32, …). */
  depth: number;
  /** Channels of each stage. Default `[16, 32, 64]`; the paper's ResNet-32 has `[32, 64, 128]`. */
  widths?: readonly number[];
  /** Height, width and channels of the images. Default `[32, 32, 3]`. */
  inputShape?: readonly [number, number, number];
  /** Number of classes. Default 10. */
  classes?: number;
  /** Size of the first convolution's kernel. Default 3; the paper's code has 7. */
  firstKernelSize?: number;
  /** Channels of the first convolution. Default 16. */
  firstWidth?: number;
  /** Momentum of BatchNorm's running statistics. Default 0.9; the paper's code has 0.997, for long runs. */
  batchNormMomentum?: number;
  /** Seed of the initial weights. Default 0. */
  seed?: number;
  /** Put into every prunable kernel by `applyTransform`. */
  transform?: WeightTransform;
  /** Name of the model. Default `resnet` and its depth. */
  name?: string;
}

/**
 * A pre-activation ResNet for small images: a first convolution, one stage per width of equally many two-convolution
 * blocks, where each stage after the first halves the image, then BatchNorm, ReLU, global average pooling and logits
 * (no softmax). Shortcuts that change shape are 1×1 convolutions, dropped and pruned like the others.
 *
 * `resnet({depth: 32, widths: [32, 64, 128], firstKernelSize: 7})` is the ResNet-32 of the paper's code.
 *
 * @throws RangeError if a number is out of range, or depth does not fit the number of stages
 * @see He et al., "Identity Mappings in Deep Residual Networks", arXiv 1603.05027; arXiv 1905.13678
 */
export function resnet(options: ResNetOptions): tf.LayersModel {
  const {
    widths = [16, 32, 64],
    inputShape = [32, 32, 3],
    classes = 10,
    firstKernelSize = 3,
    firstWidth = 16,
  } = options;
  checkPositive('classes', [classes]);
  checkPositive('widths', widths);
  checkPositive('inputShape', inputShape);
  checkPositive('firstKernelSize', [firstKernelSize]);
  checkPositive('firstWidth', [firstWidth]);
  const blocks = blocksPerStage(options.depth, widths.length);
  const seeds = counter(options.seed ?? 0);
  const common: BlockOptions = { seeds, momentum: options.batchNormMomentum ?? 0.9 };
  if (!(common.momentum >= 0 && common.momentum < 1)) {
    throw new RangeError(`resnet: batchNormMomentum must be in [0, 1), got ${common.momentum}`);
  }

  const input = tf.input({ shape: [...inputShape], name: 'image' });
  let x = tf.layers
    .conv2d({
      filters: firstWidth,
      kernelSize: firstKernelSize,
      padding: 'same',
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: seeds() }),
      name: 'first_conv',
    })
    .apply(input) as tf.SymbolicTensor;
  widths.forEach((width, stage) => {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      x = preactivationBlock(x, { ...common, width, stride, name: `stage${stage + 1}_block${block + 1}` });
    }
  });
  x = normalise(x, common, 'last');
  x = tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(x) as tf.SymbolicTensor;
  const logits = tf.layers
    .dense({ units: classes, kernelInitializer: tf.initializers.glorotNormal({ seed: seeds() }), name: 'logits' })
    .apply(x) as tf.SymbolicTensor;

  const model = tf.model({ inputs: input, outputs: logits, name: options.name ?? `resnet${options.depth}` });
  if (options.transform) {
    const { include, exclude } = options;
    applyTransform(model, options.transform, { ...(include && { include }), ...(exclude && { exclude }) });
  }
  return model;
}

function blocksPerStage(depth: number, stages: number): number {
  const blocks = (depth - 2) / (2 * stages);
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new RangeError(`resnet: depth must be 2 + ${2 * stages}·n for ${stages} stages with n ≥ 1, got ${depth}`);
  }
  return blocks;
}

function checkPositive(argument: string, values: readonly number[]): void {
  if (values.length > 0 && values.every((value) => Number.isInteger(value) && value > 0)) return;
  throw new RangeError(`resnet: ${argument} must be positive integers, got ${JSON.stringify(values)}`);
}

/** Every layer gets a seed of its own, in the order in which the network is made. tfjs takes seed 0 for "no seed". */
function counter(seed: number): () => number {
  let next = seed * 1000 + 1;
  return () => next++;
}
