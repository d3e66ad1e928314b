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

/** Options of `wideResNet`. Default: 32×32 colour images, 10 classes. */
export interface WideResNetOptions extends ImageModelOptions {
  /**
   * Number of layers, d in WRN-d-k: 4 + 6·blocks, such as 10, 16, 22, 28, 40. It counts shortcuts that change the
   * shape.
   */
  depth: number;
  /** Widening factor, k in WRN-d-k: the stages have 16k, 32k and 64k channels. */
  widen: number;
  /** Dropout rate between a block's two convolutions, in [0, 1). Default 0. The paper has 0.3. */
  dropout?: number;
  /** Momentum of BatchNorm's running statistics. Default 0.9. */
  batchNormMomentum?: number;
}

/**
 * A Wide ResNet, WRN-d-k: a first convolution with 16 channels, then three stages of pre-activation blocks with 16k,
 * 32k and 64k channels and two 3×3 convolutions each. `wideResNet({depth: 28, widen: 10})` has 36,479,194 parameters.
 * Pads symmetrically, as the published code does.
 *
 * @throws RangeError if a number is out of range, or depth is not 4 + 6·n
 * @see Zagoruyko and Komodakis, "Wide Residual Networks", arXiv 1605.07146
 */
export function wideResNet(options: WideResNetOptions): tf.LayersModel {
  checkImageOptions('wideResNet', options, ['depth', 'widen', 'dropout', 'batchNormMomentum']);
  const { depth, widen, dropout = 0, batchNormMomentum: momentum = 0.9 } = options;
  const base = imageModelBase('wideResNet', options, { inputShape: [32, 32, 3], classes: 10 });
  checkPositive('wideResNet', 'widen', [widen]);
  checkBelowOne('wideResNet', 'dropout', dropout);
  checkBelowOne('wideResNet', 'batchNormMomentum', momentum);
  const blocks = blocksPerStage('wideResNet', depth, 3, 4);
  const common: BlockOptions = { initializers: base.initializers, momentum, epsilon: 1e-5, padding: 'symmetric' };

  const input = tf.input({ shape: [...base.inputShape], name: 'image' });
  let x = convolution(input, common, { filters: 16, kernelSize: 3, name: 'first_conv' });
  [16, 32, 64].forEach((width, stage) => {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const name = `stage${stage + 1}_block${block + 1}`;
      x = preactivationBlock(x, { ...common, width: width * widen, stride, dropout, name });
    }
  });
  x = normalise(x, common, 'last');
  return finishModel(options, input, classifier(x, base.classes, base.initializers), `wrn_${depth}_${widen}`);
}
