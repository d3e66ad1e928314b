import { appliedTransform, modelKernels } from '@winnow/models';
import { sgd } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import type { Input, Workload } from '../harness/suite.js';
import type { NamedShape } from './resnet-spec.js';

/** Training settings of every side of a benchmark. */
export const TRAINING = { learningRate: 0.01, momentum: 0.9, weightDecay: 2e-4, checkedSteps: 4 } as const;

/** Updates the variables from their gradients, which are given by variable name. */
export type Update = (variables: readonly tf.Variable[], gradients: tf.NamedTensorMap) => void;

/** tfjs's momentum optimizer, with weight decay as tfjs users add it. */
export function stockUpdate(): Update {
  const optimizer = tf.train.momentum(TRAINING.learningRate, TRAINING.momentum);
  return (variables, gradients) => {
    tf.tidy(() => {
      const decayed = variables.map((variable) => {
        const gradient = gradients[variable.name] as tf.Tensor;
        const tensor = variable.rank >= 2 ? tf.add(gradient, tf.mul(variable, TRAINING.weightDecay)) : gradient;
        return { name: variable.name, tensor };
      });
      optimizer.applyGradients(decayed);
    });
  };
}

/** Our optimizer, which updates all variables in one operation. */
export function ourUpdate(): Update {
  const { learningRate, momentum, weightDecay } = TRAINING;
  const optimizer = sgd({ momentum, weightDecay });
  return (variables, gradients) => {
    const ordered = variables.map(({ name }) => gradients[name] as tf.Tensor);
    optimizer.step(variables, ordered, learningRate);
  };
}

/** Sets the model's kernels to the initial values that all sides share. */
export function setKernels(model: tf.LayersModel, kernels: readonly NamedShape[], { data }: Input): void {
  const variables = new Map(modelKernels(model).map(({ path, variable }) => [path, variable]));
  if (variables.size !== kernels.length) {
    throw new Error(`the model has ${variables.size} kernels, the case ${kernels.length}`);
  }
  let at = 0;
  for (const { name, shape } of kernels) {
    const variable = variables.get(`${name}/kernel`);
    if (variable === undefined) throw new Error(`the model has no kernel '${name}'`);
    const size = shape.reduce((product, length) => product * length, 1);
    tf.tidy(() => variable.assign(tf.tensor(data.slice(at, at + size) as Float32Array, [...shape])));
    at += size;
  }
}

/** Whole training steps of an image classifier: forward, softmax cross-entropy, backward, update, reading the loss. */
export function classifierStep(model: tf.LayersModel, update: Update, inputs: Record<string, Input>): Workload {
  const { images, labels } = inputs as { images: Input; labels: Input };
  const x = tf.tensor(images.data as Float32Array, [...images.shape]);
  const classes = (model.outputs[0] as tf.SymbolicTensor).shape[1] as number;
  const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(labels.data as Int32Array, 'int32'), classes));
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const applied = appliedTransform(model);
  let number = 0;
  const step = (): number => {
    applied?.step.set(number++);
    const { value, grads } = tf.variableGrads(() => {
      const logits = model.apply(x, { training: true }) as tf.Tensor2D;
      return tf.losses.softmaxCrossEntropy(targets, logits) as tf.Scalar;
    }, variables);
    update(variables, grads);
    const loss = value.dataSync<'float32'>()[0] as number;
    tf.dispose([value, grads]);
    return loss;
  };
  return {
    check: () => Float32Array.from({ length: TRAINING.checkedSteps }, step),
    run: () => void step(),
    tensors: () => tf.memory().numTensors,
    dispose: () => tf.dispose([x, targets]),
  };
}
