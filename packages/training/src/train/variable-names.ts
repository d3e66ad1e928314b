import type { tf } from '@winnow/tensorflow';

/** A name that tf.layers gave by itself: `dense_Dense12`. */
const GIVEN = /^([a-z0-9_]+)_([A-Z][A-Za-z0-9]*?)(\d+)$/;

/**
 * A model's variables by names that are the same in every process. tf.layers numbers the layers without a name per
 * process, so these are numbered here within the model: `dense#1`. So are variables that layers of one name have in
 * several nested models: the second is `body/dense/kernel#2`.
 */
export function variableNames(model: tf.LayersModel): Map<tf.Variable, string> {
  const numbers = new Map<string, string>();
  const counts = new Map<string, number>();
  const steady = (segment: string): string => {
    const [, prefix, className] = GIVEN.exec(segment) ?? [];
    if (prefix === undefined || prefix.replaceAll('_', '') !== className?.toLowerCase()) return segment;
    let name = numbers.get(segment);
    if (name === undefined) {
      const count = (counts.get(prefix) ?? 0) + 1;
      counts.set(prefix, count);
      name = `${prefix}#${count}`;
      numbers.set(segment, name);
    }
    return name;
  };
  const named = new Map<tf.Variable, string>();
  const taken = new Set<string>();
  for (const layer of model.layers) {
    for (const weight of layer.weights) {
      const variable = weight.read() as tf.Variable;
      if (named.has(variable)) continue;
      const { originalName } = weight;
      // A layer's own weights start with its name, those of a nested model with the inner layer's name.
      const full = originalName.startsWith(`${layer.name}/`) ? originalName : `${layer.name}/${originalName}`;
      const name = full.split('/').map(steady).join('/');
      let free = name;
      for (let count = 2; taken.has(free); count += 1) free = `${name}#${count}`;
      taken.add(free);
      named.set(variable, free);
    }
  }
  return named;
}
