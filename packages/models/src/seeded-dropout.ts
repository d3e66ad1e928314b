import type * as tf from '@tensorflow/tfjs';
import { kernelIdOf, targetedDropout } from '@winnow/ops';
import { checkModel } from './check-model.js';
import { TrainingStep } from './training-step.js';

/** The seeded dropout of a model. */
export interface SeededDropout {
  readonly seed: number;
  /** Paths of the Dropout layers. */
  readonly layers: readonly string[];
  /** The step that determines the masks. A training loop sets it; under `model.fit` it advances by itself. */
  readonly step: TrainingStep;
}

interface DropoutLayer {
  name: string;
  rate: number;
  noiseShape?: unknown;
  layers?: DropoutLayer[];
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
  getClassName(): string;
}

const seeded = new WeakMap<tf.LayersModel, SeededDropout>();

/** The seeded dropout of a model, if `seedDropout` was called for it. */
export function seededDropout(model: tf.LayersModel): SeededDropout | undefined {
  return seeded.get(model);
}

/**
 * Makes the dropout of any tf.layers model repeatable. Masks become a function of the seed, the training step and the
 * layer's path, the same on every backend, so a resumed run ends with the same bits. tf.layers itself draws masks from
 * `Math.random` or, given a seed, uses the same mask in every step. The layers stay stock ones for saving, and
 * `loadModel` seeds them again.
 *
 * @param seed an integer in [0, 2⁵³)
 * @throws RangeError if the seed is out of range, or a Dropout layer has a `noiseShape`
 */
export function seedDropout(model: tf.LayersModel, seed: number): SeededDropout {
  checkModel('seedDropout', model);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seedDropout: seed must be an integer in [0, 9007199254740991], got ${seed}`);
  }
  const found = dropoutLayers(model.layers as unknown as DropoutLayer[], '');
  for (const [path, { noiseShape }] of found) {
    if (noiseShape != null) throw new RangeError(`seedDropout: '${path}' has a noiseShape, which cannot be seeded`);
  }
  seeded.get(model)?.step.dispose();
  const step = new TrainingStep();
  for (const [path, layer] of found) seedLayer(path, layer, seed, step);
  const result = { seed, layers: [...found.keys()], step };
  seeded.set(model, result);
  const metadata = (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
  model.setUserDefinedMetadata({ ...metadata, winnowDropout: { seed } });
  return result;
}

function dropoutLayers(layers: readonly DropoutLayer[], prefix: string): Map<string, DropoutLayer> {
  const found = new Map<string, DropoutLayer>();
  for (const layer of layers) {
    const path = `${prefix}${layer.name}`;
    for (const [inner, child] of dropoutLayers(layer.layers ?? [], `${path}/`)) found.set(inner, child);
    if (layer.getClassName() === 'Dropout') found.set(path, layer);
  }
  return found;
}

function seedLayer(path: string, layer: DropoutLayer, seed: number, step: TrainingStep): void {
  // The class's `call`, so that seeding twice does not nest.
  const stockCall = (Object.getPrototypeOf(layer) as DropoutLayer).call;
  layer.call = function (this: DropoutLayer, inputs, kwargs) {
    if (kwargs?.['training'] !== true || this.rate === 0) return stockCall.call(this, inputs, kwargs);
    step.enter(path);
    // Dropout is targeted dropout with every weight targeted.
    return targetedDropout(Array.isArray(inputs) ? inputs[0]! : inputs, {
      targetFraction: 1,
      dropRate: this.rate,
      rescale: true,
      seed,
      step: step.value,
      kernelId: kernelIdOf(path),
      name: path,
    });
  };
}
