import * as tf from '@tensorflow/tfjs';
import type { NamedArray } from '@winnow/safetensors';
import { checkNameMap, type NameMap, sameNames } from './name-map.js';
import { namedVariables, type WeightsTarget } from './named-variables.js';
import { toStored } from './stored-form.js';
import { refusalOf, storedTensor, variableForms } from './variable-forms.js';

/**
 * Exports all weights of a model, or of some variables, as named arrays for `writeSafetensors(file,
 * exportWeights(model))`. A name map gives them the names and layouts of another framework.
 *
 * The weights of a model with a transform are the raw ones, without masks and gates, so that training can go on from
 * them. Call `bake()` of the transform first if another model or framework is to compute the same.
 *
 * @throws RangeError if the map has no name for a variable, or the same name for two, or the form of a variable in the
 *   other framework cannot be told
 */
export function exportWeights(target: WeightsTarget, names: NameMap = sameNames): Map<string, NamedArray> {
  checkNameMap('exportWeights', names);
  const variables = namedVariables(target, 'exportWeights');
  const arrays = new Map<string, NamedArray>();
  const formOf = variableForms('exportWeights', target, names);
  const put = (name: string, array: NamedArray): void => {
    if (arrays.has(name)) throw new RangeError(`exportWeights: the name map gives '${name}' to two variables`);
    arrays.set(name, array);
  };
  for (const variable of variables.values()) {
    const stored = storedTensor(names, variable);
    const form = formOf(variable, stored);
    if ('refused' in form) throw new RangeError(`exportWeights: ${variable.name}: ${refusalOf(form)}`);
    if (stored === undefined) throw new RangeError(`exportWeights: the name map has no name for '${variable.name}'`);
    // A copy: on backend `cpu`, dataSync returns the variable's own array.
    const array = tf.tidy(() => {
      const { shape, values } = valuesOf(toStored(variable.variable, form));
      return { shape, values: values.slice() };
    });
    put(stored.name, array);
    if (stored.plus !== undefined) put(stored.plus, { shape: array.shape, values: array.values.slice().fill(0) });
  }
  return arrays;
}

function valuesOf(tensor: tf.Tensor): NamedArray {
  return { shape: [...tensor.shape], values: tensor.dataSync() as Float32Array | Int32Array };
}
