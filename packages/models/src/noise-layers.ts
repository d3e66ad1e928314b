import * as tf from '@tensorflow/tfjs';
import { kernelIdOf, randomNormal, randomUniform, targetedDropout } from '@winnow/ops';

/** Where the random numbers of one run of a layer come from. */
export interface Draw {
  readonly seed: number;
  readonly step: number;
  /** Tells one layer, and one run of it, from the others. */
  readonly stream: string;
}

/** A layer that draws random numbers in training, as far as seeding it needs it. */
export interface NoiseLayer {
  rate: number;
  stddev: number;
  noiseShape?: unknown;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}

/** Dropout is targeted dropout with every weight targeted. */
export function drop(input: tf.Tensor, rate: number, { seed, step, stream }: Draw): tf.Tensor {
  return targetedDropout(input, {
    targetFraction: 1,
    dropRate: rate,
    rescale: true,
    seed,
    step,
    kernelId: kernelIdOf(stream),
    name: stream,
  });
}

const random = ({ seed, step, stream }: Draw) => ({ seed, step, stream: kernelIdOf(stream) });

/** The fixed point of SELU, as tf.layers has it. */
const ALPHA_P = -1.6732632423543772 * 1.0507009873554805;

/** What the stock noise layers compute in training, with random numbers from a seed. */
export const SEEDED_CALLS: Readonly<Record<string, (layer: NoiseLayer, input: tf.Tensor, draw: Draw) => tf.Tensor>> = {
  Dropout: ({ rate }, input, draw) => drop(input, rate, draw),
  SpatialDropout1D: ({ rate }, input, draw) =>
    tf.tidy(() => tf.mul(input, drop(tf.ones([input.shape[0] as number, 1, input.shape[2] as number]), rate, draw))),
  GaussianNoise: ({ stddev }, input, draw) =>
    tf.tidy(() => tf.add(input, tf.mul(randomNormal(input.shape, random(draw)), stddev))),
  GaussianDropout: ({ rate }, input, draw) =>
    tf.tidy(() => {
      const deviation = Math.sqrt(rate / (1 - rate));
      return tf.mul(input, tf.add(tf.mul(randomNormal(input.shape, random(draw)), deviation), 1));
    }),
  AlphaDropout: ({ rate }, input, draw) =>
    tf.tidy(() => {
      const kept = tf.cast(tf.greaterEqual(randomUniform(input.shape, random(draw)), rate), 'float32');
      const a = ((1 - rate) * (1 + rate * ALPHA_P ** 2)) ** -0.5;
      const dropped = tf.add(tf.mul(input, kept), tf.mul(tf.sub(1, kept), ALPHA_P));
      return tf.add(tf.mul(dropped, a), -a * ALPHA_P * rate);
    }),
};
