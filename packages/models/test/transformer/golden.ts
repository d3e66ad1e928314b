import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';

/** The tensors of a golden file by name. */
export function readGolden(name: string): Map<string, tf.Tensor> {
  const { arrays } = readSafetensors(fileURLToPath(new URL(`golden/${name}.safetensors`, import.meta.url)));
  return new Map([...arrays].map(([key, { values, shape }]) => [key, tf.tensor(values, shape)]));
}

/** The largest difference of two tensors' elements. */
export function distance(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number);
}
