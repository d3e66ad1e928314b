import { defineMethod, nonNegative } from '@winnow/baselines';
import { kernelIdOf, randomNormal, registerTransform, type WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';

const NAME = 'weight-noise';

/** Adds normal noise to every weight while training. */
export function weightNoiseTransform(options: { deviation: number; seed?: number }): WeightTransform {
  const { deviation, seed = 0 } = options;
  return {
    name: NAME,
    apply(kernel, { path, step, training }) {
      if (!training) return kernel;
      const noise = randomNormal(kernel.shape, { seed, step: step.dataSync()[0] as number, stream: kernelIdOf(path) });
      return tf.add(kernel, tf.mul(noise, deviation));
    },
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => weightNoiseTransform(config as { deviation: number }));

export const weightNoise = defineMethod({
  name: NAME,
  title: 'noise on the weights',
  summary: 'adds normal noise to every weight while training',
  reference: 'An, "The Effects of Adding Noise during Backpropagation Training", Neural Computation 8 (1996)',
  pruned: '|w| in every column',
  hyperparameters: { deviation: nonNegative(0.01, 'standard deviation of the noise') },
  create: ({ deviation }, { seed }) => weightNoiseTransform({ deviation, seed }),
});
