import { normalNumbers } from '../harness/random.js';
import type { Input } from '../harness/suite.js';

/** A batch of standardised images of CIFAR-10's shape. The labels cycle through the classes. */
export function imageBatch(batch: number, classes: number): Record<'images' | 'labels', Input> {
  const shape = [batch, 32, 32, 3];
  const labels = Int32Array.from({ length: batch }, (_, i) => i % classes);
  return {
    images: { data: normalNumbers(batch * 32 * 32 * 3, 3), shape },
    labels: { data: labels, shape: [batch] },
  };
}
