import * as tf from '@tensorflow/tfjs';
import type { NamedArray } from '@winnow/safetensors';
import { kernelOf, tensorName } from './import-weights.js';
import { toStored } from './layouts.js';
import { type NameMap, sameNames } from './name-map.js';
import { namedVariables, type WeightsTarget } from './named-variables.js';

/**
 * All weights of a model or of variables as named arrays, for `writeSafetensors(file, exportWeights(model))`. With a name map
 * they get the names and layouts that the map's framework expects.
 *
 * @throws RangeError if the map knows no name for a variable, or the same for two
 */
export function exportWeights(target: WeightsTarget, names: NameMap = sameNames): Map<string, NamedArray> {
  const arrays = new Map<string, NamedArray>();
  for (const variable of namedVariables(target).values()) {
    const name = tensorName(names, variable.name);
    if (name === undefined) throw new RangeError(`exportWeights: the name map has no name for '${variable.name}'`);
    if (arrays.has(name)) throw new RangeError(`exportWeights: the name map gives '${name}' to two variables`);
    // A copy: on the backend `cpu` dataSync gives the variable's own array.
    const array = tf.tidy(() => {
      const stored = toStored(variable.variable, kernelOf(variable, names), names.layout);
      return { shape: [...stored.shape], values: stored.dataSync().slice() as Float32Array | Int32Array };
    });
    arrays.set(name, array);
  }
  return arrays;
}
