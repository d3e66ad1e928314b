import type { AppliedTransform } from '@winnow/models';
import { tf } from '@winnow/tensorflow';

/** What one step needs besides the batch. */
export interface GradientStepOptions {
  weightDecay: number;
  clipNorm: number | undefined;
}

/**
 * One step of gradient descent on softmax cross-entropy (plus the transform's penalty, weight decay and clipping).
 *
 * @param images float32 `[n, h, w, c]`
 * @param labels int32 `[n]`, class numbers
 * @returns the batch's mean loss as a scalar that the caller disposes, without weight decay
 */
export function gradientStep(
  model: tf.LayersModel,
  transform: AppliedTransform | undefined,
  optimizer: tf.Optimizer,
  images: tf.Tensor,
  labels: tf.Tensor1D,
  { weightDecay, clipNorm }: GradientStepOptions,
): tf.Scalar {
  const variables = trainableVariables(model);
  const { value, grads } = tf.variableGrads(() => {
    const logits = model.apply(images, { training: true }) as tf.Tensor2D;
    const targets = tf.oneHot(labels, logits.shape[1]) as tf.Tensor2D;
    const loss = tf.losses.softmaxCrossEntropy(targets, logits) as tf.Scalar;
    const penalty = transform?.penalty();
    return penalty ? (loss.add(penalty) as tf.Scalar) : loss;
  }, variables);
  const updates = tf.tidy(() => {
    const decayed: tf.NamedTensorMap = {};
    for (const variable of variables) {
      const gradient = grads[variable.name];
      if (gradient === undefined) continue;
      const isKernel = weightDecay > 0 && variable.rank >= 2;
      decayed[variable.name] = isKernel ? gradient.add(variable.mul(weightDecay)) : gradient.clone();
    }
    return clipNorm === undefined ? decayed : clipByGlobalNorm(decayed, clipNorm);
  });
  optimizer.applyGradients(updates);
  tf.dispose(grads);
  tf.dispose(updates);
  return value;
}

/** The variables that training moves, in the order of the model's layers. */
export function trainableVariables(model: tf.LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as tf.Variable);
}

function clipByGlobalNorm(gradients: tf.NamedTensorMap, maximum: number): tf.NamedTensorMap {
  const norm = tf.sqrt(tf.addN(Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)))));
  const factor = tf.minimum(1, tf.div(maximum, tf.add(norm, 1e-12)));
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, gradient.mul(factor)]));
}
