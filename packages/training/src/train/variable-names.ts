import type { tf } from '@winnow/tensorflow';

/** A name that tf.layers gave by itself: `dense_Dense12`. */
const GIVEN = /^([a-z0-9_]+)_([A-Z][A-Za-z0-9]*?)(\d+)$/;

/**
 * A model's variables by names that are the same in every process. tf.layers numbers the layers without a name per
 * process, so these are numbered here within the model: `dense#1`.
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
  return new Map(
    model.layers.flatMap((layer) =>
      layer.weights.map((weight): [tf.Variable, string] => {
        const { originalName } = weight;
        // A layer's own weights start with its name, those of a nested model with the inner layer's name.
        const name = originalName.startsWith(`${layer.name}/`) ? originalName : `${layer.name}/${originalName}`;
        return [weight.read() as tf.Variable, name.split('/').map(steady).join('/')];
      }),
    ),
  );
}
