/** A task without a model: fits y = 2x − 1 by least squares, in milliseconds. */

import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import type { TrainingTask } from '@winnow/training';

interface Line {
  x: tf.Tensor1D;
  y: tf.Tensor1D;
}

export interface LineOptions {
  batchSize: number;
  /** Batches that an epoch has too few. */
  missing?: number;
  onEvaluate?: () => unknown;
  /** With a transform that has a trainable gate and a counter of steps. */
  gate?: boolean;
}

const POINTS = 64;
let made = 0;

export function lineTask({ batchSize, missing = 0, onEvaluate, gate: hasGate }: LineOptions) {
  const weights = tf.tidy(() => tf.variable(tf.tensor1d([0, 0]), true, `line${made++}`));
  const gate = hasGate ? tf.variable(tf.scalar(1), true) : undefined;
  const counter = hasGate ? tf.variable(tf.scalar(0), false) : undefined;
  const started: [epoch: number, start: number][] = [];
  const stepsPerEpoch = POINTS / batchSize;
  const transform: WeightTransform = {
    name: 'gate',
    apply: (kernel) => tf.mul(kernel, gate!),
    getConfig: () => ({}),
  };
  const variables = [gate, counter].flatMap((variable, i) => {
    const name = i === 0 ? 'gate' : 'counter';
    return variable ? [{ path: 'line', name, variable, trainable: variable.trainable, decayed: false }] : [];
  });
  const task: TrainingTask<Line> = {
    name: 'line',
    trainable: [weights],
    saved: [weights],
    nameOf: () => 'weights',
    stepsPerEpoch,
    examplesPerStep: batchSize,
    unit: 'points',
    async *batches(epoch, start) {
      started.push([epoch, start]);
      for (let batch = start; batch < stepsPerEpoch - missing; batch++) {
        const xs = Array.from({ length: batchSize }, (_, i) => Math.sin(1 + epoch * POINTS + batch * batchSize + i));
        yield { x: tf.tensor1d(xs), y: tf.tensor1d(xs.map((x) => 2 * x - 1)) };
      }
    },
    loss({ x, y }) {
      counter?.assign(tf.add(counter, 1));
      const [slope, offset] = tf.unstack(gate ? tf.mul(weights, gate) : weights);
      return tf.mean(tf.square(tf.sub(tf.add(tf.mul(x, slope!), offset!), y))) as tf.Scalar;
    },
    disposeBatch: (batch) => tf.dispose([batch.x, batch.y]),
    async evaluate(signal) {
      onEvaluate?.();
      signal?.throwIfAborted();
      const [slope, offset] = weights.dataSync() as unknown as [number, number];
      return { distance: Math.hypot(slope - 2, offset + 1) };
    },
    ...(hasGate && { transform: { transform, kernels: [], variables, step: { set: () => undefined } } }),
  };
  return { ...task, weights, gate, counter, started, dispose: () => tf.dispose([weights, gate, counter]) };
}
