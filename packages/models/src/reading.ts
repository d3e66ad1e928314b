import type * as tf from '@tensorflow/tfjs';
import type { LayerVariable } from './kernel-layers.js';

/** What a layer can ask a variable for: `read()`, or the field that it gives. */
const PLACES = ['read', 'val', 'write'] as const;

/**
 * Runs layers that compute with other tensors in the place of their variables: whatever a variable's `read()` and `val`
 * give while a layer runs. The variables themselves stay in place for saving, and `write()` writes them.
 *
 * @returns also the variables that nothing has read
 */
export function reading<T>(
  kernels: readonly (readonly [LayerVariable, () => tf.Tensor])[],
  run: () => T,
): { result: T; unread: ReadonlySet<LayerVariable> } {
  const unread = new Set<LayerVariable>();
  const restores = kernels.map(([variable, kernel]) => {
    unread.add(variable);
    return standIn(variable, () => {
      unread.delete(variable);
      return kernel();
    });
  });
  try {
    return { result: run(), unread };
  } finally {
    for (const restore of restores.reverse()) restore();
  }
}

/** Whether a variable gives a layer another tensor now. */
export function isReplaced(variable: LayerVariable): boolean {
  return Object.hasOwn(variable, 'read');
}

/** Lets `get` answer for a variable; gives back what undoes it. */
function standIn(variable: LayerVariable, get: () => tf.Tensor): () => void {
  const before = PLACES.map((place) => Object.getOwnPropertyDescriptor(variable, place));
  const restore = () =>
    PLACES.forEach((place, i) => {
      if (before[i]) Object.defineProperty(variable, place, before[i]);
      else delete (variable as Partial<Record<typeof place, unknown>>)[place];
    });
  const replace = () => {
    variable.read = get;
    Object.defineProperty(variable, 'val', { get, configurable: true });
    variable.write = (value) => {
      restore();
      try {
        return variable.write(value);
      } finally {
        replace();
      }
    };
  };
  replace();
  return restore;
}
