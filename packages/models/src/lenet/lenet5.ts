import * as tf from '@tensorflow/tfjs';
import { checkImageOptions, finishModel, type ImageModelOptions, imageModelBase } from '../blocks/architecture.js';
import { hidden, logits, relu } from '../blocks/layers.js';

/**
 * LeNet-5 as in Caffe, the form used in pruning papers: 5×5 convolutions with 20 and 50 channels without padding, each
 * with ReLU and max pooling, then 500 hidden units and logits (no softmax). It has 431,080 parameters for 28×28 grey
 * images and 10 classes.
 *
 * @throws RangeError if an option is out of range, or the images are smaller than 16×16
 * @see LeCun et al., "Gradient-Based Learning Applied to Document Recognition", Proc. IEEE 86 (1998)
 */
export function lenet5(options: ImageModelOptions = {}): tf.LayersModel {
  checkImageOptions('lenet5', options);
  const { inputShape, classes, initializers } = imageModelBase('lenet5', options, {
    inputShape: [28, 28, 1],
    classes: 10,
  });
  if (inputShape[0] < 16 || inputShape[1] < 16) {
    throw new RangeError(`lenet5: inputShape must be at least 16×16, got ${inputShape[0]}×${inputShape[1]}`);
  }
  const input = tf.input({ shape: [...inputShape], name: 'image' });
  let x = input;
  [20, 50].forEach((filters, index) => {
    const name = `conv${index + 1}`;
    const convolved = tf.layers
      .conv2d({ filters, kernelSize: 5, kernelInitializer: initializers.heNormal(), name })
      .apply(x) as tf.SymbolicTensor;
    x = tf.layers
      .maxPooling2d({ poolSize: 2, strides: 2, name: `pool${index + 1}` })
      .apply(relu(convolved, `${name}_relu`)) as tf.SymbolicTensor;
  });
  x = tf.layers.flatten({ name: 'flatten' }).apply(x) as tf.SymbolicTensor;
  x = hidden(x, 500, initializers, 'hidden1');
  return finishModel(options, input, logits(x, classes, initializers), 'lenet5');
}
