import { tf } from '@winnow/tensorflow';
import type { Input, Workload } from '../harness/suite.js';
import type { NamedShape } from './resnet-spec.js';

/** Training settings of every side of a Transformer's training step. */
export const TRAINING = {
  learningRate: 1e-4,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-9,
  labelSmoothing: 0.1,
  checkedSteps: 4,
} as const;

/** A side that trains with tfjs: its variables by name, its loss and its optimizer. */
export interface SequenceSide {
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** @param training whether to apply dropout; false in the steps whose losses are compared */
  loss(batch: Record<'source' | 'target' | 'labels', tf.Tensor>, training: boolean, step: number): tf.Scalar;
  update(variables: readonly tf.Variable[], gradients: tf.NamedTensorMap): void;
}

/** Whole training steps of a sequence model: forward, loss, backward, update, reading the loss. */
export function sequenceStep(
  side: SequenceSide,
  shapes: readonly NamedShape[],
  inputs: Record<string, Input>,
): Workload {
  setVariables(side.variables, shapes, inputs['weights'] as Input);
  const tensor = (name: string) => tf.tensor(inputs[name]!.data as Int32Array, [...inputs[name]!.shape], 'int32');
  const batch = { source: tensor('source'), target: tensor('target'), labels: tensor('labels') };
  const variables = [...side.variables.values()];
  let number = 0;
  const step = (training: boolean): number => {
    const { value, grads } = tf.variableGrads(() => side.loss(batch, training, number++), variables);
    side.update(variables, grads);
    const loss = value.dataSync<'float32'>()[0] as number;
    tf.dispose([value, grads]);
    return loss;
  };
  return {
    check: () => Float32Array.from({ length: TRAINING.checkedSteps }, () => step(false)),
    run: () => void step(true),
    tensors: () => tf.memory().numTensors,
    dispose: () => tf.dispose(batch),
  };
}

function setVariables(
  variables: ReadonlyMap<string, tf.Variable>,
  shapes: readonly NamedShape[],
  { data }: Input,
): void {
  if (variables.size !== shapes.length) {
    throw new Error(`the model has ${variables.size} variables, the case ${shapes.length}`);
  }
  let at = 0;
  for (const { name, shape } of shapes) {
    const variable = variables.get(name);
    if (variable === undefined) throw new Error(`the model has no variable '${name}'`);
    const size = shape.reduce((product, length) => product * length, 1);
    tf.tidy(() => variable.assign(tf.tensor(data.slice(at, at + size) as Float32Array, [...shape])));
    at += size;
  }
}
