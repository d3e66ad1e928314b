import { resnet } from '@winnow/models';
import { targetedDropoutAll, useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { moveWeights } from './moving-weights.js';
import { NETWORKS } from './network-shapes.js';

/**
 * What targeted dropout adds to a training step: masks and gradients of all kernels of ResNet-32, compared with the
 * step.
 */
const BATCH = 128;
const WIDTHS: Readonly<Record<string, readonly number[]>> = {
  'resnet32-16': [16, 32, 64],
  'resnet32-32': [32, 64, 128],
};

const cases = Object.keys(WIDTHS).map(
  (network): BenchmarkCase => ({
    name: `targeted-dropout-all/${network}/in-step`,
    params: { network },
    tolerance: 0,
    peers: ['training-step'],
    unchecked: ['training-step'],
  }),
);

function inputs(params: Parameters): Record<string, Input> {
  const shapes = NETWORKS[params['network'] as string]!;
  const total = shapes.reduce((sum, [fanIn, units]) => sum + fanIn * units, 0);
  return {
    kernel: { data: normalNumbers(total, 1), shape: [total] },
    noise: { data: normalNumbers(total, 2), shape: [total] },
  };
}

/** Our side: the operation and its gradient as they run in training, on TensorFlow. */
function prepare(params: Parameters, given: Record<string, Input>): Workload {
  const shapes = NETWORKS[params['network'] as string]!;
  const all = given['kernel']!.data as Float32Array;
  const move = moveWeights(all, given['noise']!.data as Float32Array);
  const parts = () => {
    let at = 0;
    return shapes.map(([fanIn, units]): tf.Tensor => {
      const begin = at;
      at += fanIn * units;
      return tf.tensor2d(all.slice(begin, at), [fanIn, units]);
    });
  };
  let kernels = parts();
  const gradients = kernels.map(({ shape }) => tf.ones(shape));
  const thresholds = new Int32Array(shapes.reduce((sum, [, units]) => sum + units, 0));
  const drop = (tensors: tf.Tensor[], step: number, dropRate: number) => {
    const named = new Map(tensors.map((tensor, i) => [String(i), tensor]));
    const options = { targetFraction: 0.75, dropRate, seed: 1, step, thresholds };
    return [...targetedDropoutAll(named, options).values()];
  };
  let step = 0;
  return {
    check: () =>
      tf.tidy(() => tf.concat(drop(kernels, 0, 1).map((kernel) => tf.reshape(kernel, [-1]))).dataSync<'float32'>()),
    between() {
      move();
      tf.dispose(kernels);
      kernels = parts();
    },
    run() {
      step++;
      // A loss whose gradients are given, as those of the layers are in a training step.
      const given = tf.customGrad((...args) => ({
        value: tf.scalar(0),
        gradFunc: () => gradients.slice(0, args.length),
      }));
      const loss = (...tensors: tf.Tensor[]) => given(...drop(tensors, step, 0.5));
      tf.dispose(tf.grads(loss)(kernels));
    },
    dispose: () => tf.dispose([...kernels, ...gradients]),
  };
}

/** The peer: a whole step of momentum SGD without dropout, on a batch of 128 images of CIFAR-10's size. */
function trainingStep(params: Parameters): Workload {
  useFastGradients();
  const model = resnet({ depth: 32, widths: WIDTHS[params['network'] as string]! });
  const images = tf.tensor4d(normalNumbers(BATCH * 32 * 32 * 3, 3), [BATCH, 32, 32, 3]);
  const targets = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: BATCH }, (_, i) => i % 10),
      'int32',
    ),
    10,
  );
  const optimizer = tf.train.momentum(0.01, 0.9);
  const run = () => {
    const loss = () => {
      const logits = model.apply(images, { training: true }) as tf.Tensor2D;
      return tf.losses.softmaxCrossEntropy(targets, logits) as tf.Scalar;
    };
    optimizer.minimize(loss, true)?.dataSync();
  };
  return { check: () => new Float32Array(0), run };
}

export const suite: Suite = {
  name: 'training-step',
  cases,
  inputs,
  prepare,
  nodePeers: { 'training-step': trainingStep },
};
