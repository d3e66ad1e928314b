import type * as tf from '@tensorflow/tfjs';
import { allNodes, type Graph, type GraphLayer, graphOf } from '@winnow/graph';
import { checkModel } from './check-model.js';
import { drop, type NoiseLayer, SEEDED_CALLS } from './noise-layers.js';
import { TrainingStep } from './training-step.js';

/** The seeded dropout of a model. */
export interface SeededDropout {
  readonly seed: number;
  /** Paths of the layers that are seeded: dropout and noise of every kind, and recurrent layers with dropout. */
  readonly layers: readonly string[];
  /** Layers that draw random numbers in training and are not seeded, and why. */
  readonly unseeded: readonly { readonly path: string; readonly why: string }[];
  /** The step that determines the masks. A training loop sets it; under `model.fit` it advances by itself. */
  readonly step: TrainingStep;
}

/** A recurrent cell, which takes its masks from a function that one may give it. */
interface DroppingCell {
  dropout: number;
  recurrentDropout: number;
  dropoutFunc?: (ones: tf.Tensor, rate: number) => tf.Tensor;
}

/** Layers that tf.layers draws from `Math.random` for, whatever one does. */
const UNSEEDABLE: ReadonlySet<string> = new Set(['RandomWidth', 'RandomHeight']);

const seeded = new WeakMap<tf.LayersModel, SeededDropout>();

/** The seeded dropout of a model, if `seedDropout` was called for it. */
export function seededDropout(model: tf.LayersModel): SeededDropout | undefined {
  return seeded.get(model);
}

/**
 * Makes the dropout and noise of any tf.layers model repeatable, in wrappers and recurrent layers, too. Masks become a
 * function of the seed, the training step and the layer's path, the same on every backend, so a resumed run ends with
 * the same bits. tf.layers itself draws masks from `Math.random` or, given a seed, uses the same mask in every step.
 * The layers stay stock ones for saving, and `loadModel` seeds them again. What is not seeded is listed in `unseeded`.
 *
 * @param seed an integer in [0, 2⁵³)
 * @throws RangeError if the seed is out of range, or a dropout layer has a `noiseShape`
 */
export function seedDropout(model: tf.LayersModel, seed: number): SeededDropout {
  checkModel('seedDropout', model);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seedDropout: seed must be an integer in [0, 9007199254740991], got ${seed}`);
  }
  const graph = graphOf(model);
  const noises = graph.layers.filter(
    ({ kind, extends: base }) => base === undefined && Object.hasOwn(SEEDED_CALLS, kind),
  );
  for (const { path, source } of noises) {
    const { noiseShape } = source as unknown as NoiseLayer;
    if (noiseShape != null) throw new RangeError(`seedDropout: '${path}' has a noiseShape, which cannot be seeded`);
  }
  seeded.get(model)?.step.dispose();
  const cells = graph.layers.flatMap((layer) => {
    const cell = cellOf(layer);
    return cell ? [{ path: layer.path, cell }] : [];
  });
  const step = new TrainingStep(undefined, runsOf(graph, cells));
  for (const layer of noises) seedLayer(layer, seed, step);
  for (const { path, cell } of cells) {
    cell.dropoutFunc = (ones, rate) => {
      const run = step.enter(dropoutOf(path));
      return drop(ones, rate, { seed, step: step.value, stream: `${dropoutOf(path)}#${run}` });
    };
  }
  const result = {
    seed,
    layers: [...noises, ...cells].map(({ path }) => path),
    unseeded: unseededOf(graph),
    step,
  };
  seeded.set(model, result);
  const metadata = (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
  model.setUserDefinedMetadata({ ...metadata, winnowDropout: { seed } });
  return result;
}

function seedLayer({ path, kind, source, holders }: GraphLayer, seed: number, step: TrainingStep): void {
  const layer = source as unknown as NoiseLayer;
  const training = SEEDED_CALLS[kind] as (typeof SEEDED_CALLS)[string];
  // The class's `call`, so that seeding twice does not nest.
  const stockCall = (Object.getPrototypeOf(layer) as NoiseLayer).call;
  layer.call = function (this: NoiseLayer, inputs, kwargs) {
    if (kwargs?.['training'] !== true || (this.rate ?? this.stddev) === 0) return stockCall.call(this, inputs, kwargs);
    const run = step.enter(path);
    const input = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
    // Every step of a sequence has a mask of its own; a layer that the network calls twice has one.
    const stream = run > 0 && holders.length > 0 ? `${path}#${run}` : path;
    return training(this, input, { seed, step: step.value, stream });
  };
}

const dropoutOf = (path: string) => `${path}/dropout`;

function cellOf({ source, kind }: GraphLayer): DroppingCell | undefined {
  const cell = (kind.endsWith('Cell') ? source : (source as unknown as { cell?: unknown }).cell) as
    | Partial<DroppingCell>
    | undefined;
  const rates = [cell?.dropout, cell?.recurrentDropout];
  return rates.some((rate) => typeof rate === 'number' && rate > 0) ? (cell as DroppingCell) : undefined;
}

/** How often layers run in one pass; as often as they like where that is open. */
function runsOf(graph: Graph, cells: readonly { path: string }[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { node, runs } of allNodes(graph)) {
    const { path } = node.layer;
    found.set(path, (found.get(path) ?? 0) + (runs ?? Number.POSITIVE_INFINITY));
  }
  for (const { path } of cells) found.set(dropoutOf(path), Number.POSITIVE_INFINITY);
  return found;
}

function unseededOf(graph: Graph): { path: string; why: string }[] {
  return graph.layers.flatMap(({ path, kind, className, extends: base }) => {
    if (UNSEEDABLE.has(kind))
      return [{ path, why: `tf.layers has no seed for ${className} that changes with the step` }];
    if (base !== undefined && Object.hasOwn(SEEDED_CALLS, base)) {
      return [{ path, why: `${className} is a subclass of ${base}, which may compute anything` }];
    }
    return kind === 'custom' ? [{ path, why: `${className} is no stock layer: it may draw random numbers` }] : [];
  });
}
