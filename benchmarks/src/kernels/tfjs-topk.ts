import type * as tfjs from '@tensorflow/tfjs';
import type { Input, Parameters, Workload } from '../harness/suite.js';
import { moveWeights } from './moving-weights.js';
import type { DropoutParameters } from './targeted-dropout.js';

/**
 * The peer `tfjs-topk`: targeted dropout composed of TensorFlow's own operations through tfjs. TopKV2 does the
 * selection.
 */
export async function tfjsTopK(params: Parameters, inputs: Record<string, Input>): Promise<Workload> {
  const { tf } = (await import('@winnow/tensorflow')) as unknown as { tf: typeof tfjs };
  const { fanIn, units, targetFraction, dropRate } = params as unknown as DropoutParameters;
  const values = inputs['kernel']!.data as Float32Array;
  const move = moveWeights(values, inputs['noise']!.data as Float32Array);
  const count = Math.floor(targetFraction * fanIn);
  let kernel = tf.tensor2d(values, [fanIn, units]);
  const call = (rate: number) =>
    tf.tidy(() => {
      const magnitude = tf.abs(kernel);
      // TopKV2 finds the largest values of the last axis. Of the negated columns, the last of `count` is the threshold.
      const { values: lowest } = tf.topk(tf.neg(tf.transpose(magnitude)), count, true);
      const threshold = tf.neg(tf.transpose(tf.slice(lowest, [0, count - 1], [units, 1])));
      const targeted = tf.lessEqual(magnitude, threshold);
      const dropped = tf.logicalAnd(targeted, tf.less(tf.randomUniform([fanIn, units]), rate));
      return tf.where(dropped, tf.zerosLike(kernel), kernel);
    });
  return {
    // A float32 random number can round up to 1.
    check: () => tf.tidy(() => call(2).dataSync<'float32'>()),
    between() {
      move();
      kernel.dispose();
      kernel = tf.tensor2d(values, [fanIn, units]);
    },
    run: () => call(dropRate).dispose(),
    dispose: () => kernel.dispose(),
  };
}
