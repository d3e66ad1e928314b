import * as tf from '@tensorflow/tfjs';
import {
  checkImageOptions,
  checkPositive,
  finishModel,
  type ImageModelOptions,
  imageModelBase,
} from '../blocks/architecture.js';
import { hidden, logits } from '../blocks/layers.js';

/** Options of `mlp`. Default: 32×32 colour images, 10 classes. */
export interface MlpOptions extends ImageModelOptions {
  /** Units of each hidden layer. Default `[10]`, as in the dependence experiment of the targeted-dropout paper. */
  hidden?: readonly number[];
}

/**
 * Dense layers with ReLU on the flattened image, then logits (no softmax). `mlp()` has 30,840 parameters.
 *
 * @throws RangeError if an option is out of range
 */
export function mlp(options: MlpOptions = {}): tf.LayersModel {
  checkImageOptions('mlp', options, ['hidden']);
  return denseNet('mlp', options, options.hidden ?? [10], [32, 32, 3]);
}

/**
 * LeNet-300-100: hidden layers of 300 and 100 ReLU units. It has 266,610 parameters for 28×28 grey images and 10
 * classes.
 *
 * @throws RangeError if an option is out of range
 */
export function lenet300(options: ImageModelOptions = {}): tf.LayersModel {
  checkImageOptions('lenet300', options);
  return denseNet('lenet300', { name: 'lenet300', ...options }, [300, 100], [28, 28, 1]);
}

function denseNet(
  op: string,
  options: ImageModelOptions,
  units: readonly number[],
  defaultShape: [number, number, number],
): tf.LayersModel {
  const { inputShape, classes, initializers } = imageModelBase(op, options, { inputShape: defaultShape, classes: 10 });
  checkPositive(op, 'hidden', units);
  const input = tf.input({ shape: [...inputShape], name: 'image' });
  let x = tf.layers.flatten({ name: 'flatten' }).apply(input) as tf.SymbolicTensor;
  units.forEach((count, index) => {
    x = hidden(x, count, initializers, `hidden${index + 1}`);
  });
  return finishModel(options, input, logits(x, classes, initializers), `mlp_${units.join('_')}`);
}
