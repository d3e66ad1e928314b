import * as tf from '@tensorflow/tfjs';
import type { NamedArray } from '@winnow/safetensors';
import { kernelOf, tensorName } from './import-weights.js';
import { toStored } from './layouts.js';
import { type NameMap, sameNames } from './name-map.js';
import { namedVariables, type WeightsTarget } from './named-variables.js';

/**
 * Exports all weights of a model, or of some variables, as named arrays for `writeSafetensors(file,
 * exportWeights(model))`. A name map gives them the names and layouts of another framework.
 *
 * @throws RangeError if the map has no name for a variable, or the same name for two
 */
export function exportWeights(target: WeightsTarget, names: NameMap = sameNames): Map<string, NamedArray> {
  const arrays = new Map<string, NamedArray>();
  for (const variable of namedVariables(target).values()) {
    const name = tensorName(names, variable.name);
    if (name === undefined) throw new RangeError(`exportWeights: the name map has no name for '${variable.name}'`);
    if (arrays.has(name)) throw new RangeError(`exportWeights: the name map gives '${name}' to two variables`);
    // A copy: on backend `cpu`, dataSync returns the variable's own array.
    const array = tf.tidy(() => {
      const stored = toStored(variable.variable, kernelOf(variable, names), names.layout);
      return { shape: [...stored.shape], values: stored.dataSync().slice() as Float32Array | Int32Array };
    });
    arrays.set(name, array);
  }
  return arrays;
}
