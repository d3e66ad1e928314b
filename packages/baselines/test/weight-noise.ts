import { defineMethod, findSchedule, nonNegative, type ScheduleName, scheduleOption } from '@winnow/baselines';
import { kernelIdOf, randomNormal, registerTransform, type WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';

const NAME = 'weight-noise';
type Options = { deviation: number; schedule: ScheduleName; steps: number; seed: number };

/** Adds normal noise to every weight while training, less and less of it. */
export function weightNoiseTransform({ deviation, schedule, steps, seed }: Options): WeightTransform {
  return {
    name: NAME,
    apply(kernel, { path, step, training }) {
      if (!training) return kernel;
      const at = step.dataSync()[0] as number;
      const noise = randomNormal(kernel.shape, { seed, step: at, stream: kernelIdOf(path) });
      return tf.add(kernel, tf.mul(noise, deviation * findSchedule(NAME, schedule).fall(at, steps)));
    },
    getConfig: () => ({ deviation, schedule, steps, seed }),
  };
}
registerTransform(NAME, (config) => weightNoiseTransform(config as Options));

export const weightNoise = defineMethod({
  name: NAME,
  title: 'noise on the weights',
  summary: 'adds normal noise to every weight while training',
  reference: 'An, "The Effects of Adding Noise during Backpropagation Training", Neural Computation 8 (1996)',
  pruned: '|w| in every column',
  hyperparameters: { deviation: nonNegative(0.01, 'of the noise'), schedule: scheduleOption('cosine', 'how it falls') },
  create: (values, { seed, totalSteps }) => weightNoiseTransform({ ...values, steps: totalSteps, seed }),
});
