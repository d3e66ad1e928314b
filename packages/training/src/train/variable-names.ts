import { graphOf } from '@winnow/graph';
import type { tf } from '@winnow/tensorflow';
import { SteadyNames } from './given-names.js';

/**
 * A model's variables by names that are the same in every process. tf.layers numbers layers and nested models without a
 * name per process, so these are numbered here within the model: `dense#1`, `sequential#1`. So are variables that
 * layers of one name have in several nested models: the second is `body/dense/kernel#2`.
 */
export function variableNames(model: tf.LayersModel): Map<tf.Variable, string> {
  const classes = graphOf(model).models.map(({ className }) => className.toLowerCase());
  const steady = new SteadyNames(new Set(classes));
  const named = new Map<tf.Variable, string>();
  const taken = new Set<string>();
  for (const layer of model.layers) {
    for (const weight of layer.weights) {
      const variable = weight.read() as tf.Variable;
      if (named.has(variable)) continue;
      const { originalName } = weight;
      // A layer's own weights start with its name, those of a nested model with the inner layer's name.
      const full = originalName.startsWith(`${layer.name}/`) ? originalName : `${layer.name}/${originalName}`;
      const name = steady.of(full);
      let free = name;
      for (let count = 2; taken.has(free); count += 1) free = `${name}#${count}`;
      taken.add(free);
      named.set(variable, free);
    }
  }
  return named;
}
