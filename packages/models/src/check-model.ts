import type * as tf from '@tensorflow/tfjs';

/** What tells a tf.LayersModel from other things. A program may have several copies of tfjs. */
interface ModelParts {
  readonly layers: readonly unknown[];
  readonly weights: readonly { readonly originalName: string; readonly val?: { readonly isDisposed?: boolean } }[];
}

/**
 * Checks a model before anything reads it.
 *
 * @param op the operation that the error names
 * @param argument what the operation calls the model
 * @throws TypeError unless it is a tf.LayersModel with live weights; a GraphModel has no layers any more
 */
export function checkModel(op: string, model: unknown, argument = 'model'): asserts model is tf.LayersModel {
  if (!isLayersModel(model)) {
    throw new TypeError(`${op}: ${argument} must be a tf.LayersModel, got ${described(model)}`);
  }
  // `read()` of a disposed weight throws tfjs's own error.
  const gone = model.weights.find(({ val }) => val?.isDisposed);
  if (gone) throw new TypeError(`${op}: ${argument} must not be disposed, but its weight '${gone.originalName}' is`);
}

function isLayersModel(value: unknown): value is ModelParts {
  // First, since a GraphModel that is not loaded throws when it is asked for its inputs.
  if (isGraphModel(value)) return false;
  const { inputs, outputs, layers, weights } = (value ?? {}) as Record<string, unknown>;
  return [inputs, outputs, layers, weights].every(Array.isArray);
}

function isGraphModel(value: unknown): boolean {
  const { execute, executeAsync } = (value ?? {}) as Partial<tf.GraphModel>;
  return typeof execute === 'function' && typeof executeAsync === 'function';
}

function described(value: unknown): string {
  if (isGraphModel(value)) return 'a GraphModel, which has no layers; load or convert it as a layers model';
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'Object') : String(value);
}
