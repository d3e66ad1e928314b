/** The tensors of a file that a name map gives to variables, and how they are stored. */

import type * as tf from '@tensorflow/tfjs';
import type { NameMap, StoredTensor, VariableKind } from './name-map.js';
import { isLayers, type NamedVariable, type WeightsTarget } from './named-variables.js';
import { convolutionAxes, type PytorchForm, pytorchForms, type Refused } from './pytorch-forms.js';
import type { StoredForm } from './stored-form.js';

/** What the name map says of a variable. */
export function storedTensor(names: NameMap, { name, layerClass }: NamedVariable): StoredTensor | undefined {
  const tensor = names.tensorOf(name, layerClass);
  return typeof tensor === 'string' ? { name: tensor } : tensor;
}

/**
 * How the file stores each variable of a target.
 *
 * @param op the operation that an error names
 * @returns a function that throws a RangeError if the name map's order does not fit the variable
 */
export function variableForms(
  op: string,
  target: WeightsTarget,
  { layout }: NameMap,
): (variable: NamedVariable, stored: StoredTensor | undefined) => PytorchForm {
  if (layout === 'tensorflow') return ({ variable: { shape } }) => ({ shape });
  const forms = isLayers(target) ? pytorchForms(target) : new Map<tf.Variable, PytorchForm>();
  return (variable, { kind, order } = { name: '' }) => {
    const { shape } = variable.variable;
    const found = forms.get(variable.variable) ?? { shape };
    const form = kind === undefined ? found : ofKind(found, kind, shape);
    if (order === undefined) return form;
    const known = 'refused' in form ? form.unordered : form;
    if (known === undefined) return form;
    const axis = known.features ?? shape.length - 1;
    const others = (known.orders ?? []).filter((other) => other.axis !== axis);
    if (order === 'same') return { ...known, orders: others };
    checkOrder(op, variable.name, order, shape[axis] ?? 0);
    return { ...known, orders: [{ axis, order }, ...others] };
  };
}

/** Why a variable has no form, and what the name map could say. */
export function refusalOf({ refused, unordered }: Refused): string {
  return unordered ? `${refused}; the name map can give it as the variable's order` : refused;
}

/** The layout of a kind in place of the layer's own. */
function ofKind(found: PytorchForm, kind: VariableKind, shape: readonly number[]): PytorchForm {
  const { length: rank } = shape;
  const axes = kind === 'linear' ? [1, 0] : kind === 'convolution' ? convolutionAxes(rank) : undefined;
  const layout: StoredForm = {
    shape: axes ? axes.map((axis) => shape[axis] as number) : shape,
    ...(axes && { axes }),
    features: kind === 'linear' ? 0 : kind === 'convolution' ? rank - 2 : rank - 1,
  };
  if (!('refused' in found)) return { ...layout, ...(found.orders && { orders: found.orders }) };
  return found.unordered ? { refused: found.refused, unordered: layout } : layout;
}

function checkOrder(op: string, name: string, order: readonly number[], size: number): void {
  const isPermutation = order.length === size && new Set(order).size === size && order.every((n) => n >= 0 && n < size);
  if (isPermutation && order.every(Number.isInteger)) return;
  const got = order.length > 8 ? `${order.length} numbers` : `[${order}]`;
  throw new RangeError(`${op}: the order of '${name}' must hold each of 0 to ${size - 1} once, got ${got}`);
}
