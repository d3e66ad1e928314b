import * as tf from '@tensorflow/tfjs';
import { kernelIdOf, registerTransform, targetedDropout, type WeightTransform } from '@winnow/ops';
import { checkKeys } from '@winnow/ops/arguments';
import { checkDropout } from './check-dropout.js';
import { fractionBelowOne } from './hyperparameter.js';
import { defineMethod } from './method.js';
import { stepNumber } from './step-number.js';

const NAME = 'unit-dropout';

/** What ordinary dropout of units is asked for. */
export interface UnitDropoutOptions {
  /** Probability of dropping a unit, in [0, 1). The matched control of targeted dropout has γα. */
  rate: number;
  /** Philox key. Default 0. */
  seed?: number;
}

/**
 * Drops units that enter a layer, each example its own: Y = (X ⊙ M)W, M ~ Bernoulli(1 − rate)/(1 − rate). In a
 * convolution a unit is a whole channel of an example.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Srivastava et al., "Dropout", JMLR 15 (2014); arXiv 1905.13678, section 2
 */
export function unitDropoutTransform(options: UnitDropoutOptions): WeightTransform {
  checkKeys('unitDropoutTransform', 'options', options, ['rate', 'seed']);
  const { rate, seed = 0 } = options;
  checkDropout('unitDropoutTransform', { targetFraction: 1, dropRate: rate, seed }, 'rate');
  const maskOf = (units: tf.Tensor, path: string, step: number) =>
    targetedDropout(units, {
      targetFraction: 1,
      dropRate: rate,
      rescale: true,
      seed,
      step,
      kernelId: kernelIdOf(path),
    });
  return {
    name: NAME,
    apply: (kernel) => kernel,
    forward(inputs, kernel, layer, { path, step, training }) {
      if (!training) return layer.run(inputs, kernel);
      const { shape } = inputs;
      const [examples, channels] = [shape[0] as number, shape.at(-1) as number];
      const mask = maskOf(tf.ones([examples, channels]), path, stepNumber(step));
      const perChannel = shape.map((size, axis) => (axis === 0 || axis === shape.length - 1 ? size : 1));
      return layer.run(tf.mul(inputs, tf.reshape(mask, perChannel)), kernel);
    },
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => unitDropoutTransform(config as unknown as UnitDropoutOptions));

export const unitDropout = defineMethod({
  name: NAME,
  title: 'unit dropout',
  summary: 'drops units of the activations with one probability (the control of targeted dropout at rate γα)',
  reference: 'Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15 (2014)',
  pruned: 'the columns’ L2 norm',
  granularities: ['unit'],
  hyperparameters: {
    rate: fractionBelowOne(0.25, 'probability of dropping a unit, γα of the dropout it is compared with'),
  },
  create: ({ rate }, { seed }) => unitDropoutTransform({ rate, seed }),
});
