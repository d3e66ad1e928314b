import { tf } from '@winnow/tensorflow';
import { type ClassWeight, checkClassWeight, weightsByClass } from './class-weights.js';
import { checkHead, headsOf } from './head.js';
import { type Loss, type LossFunction, type LossName, lossOf } from './losses.js';
import { type Metric, metricOf } from './metrics.js';
import { isPlainRecord, layerNames, perName } from './per-output.js';

/** One loss for all outputs, or one per output: a list in order, or a record by the outputs' names. */
export type LossOption =
  | LossName
  | LossFunction
  | readonly (LossName | LossFunction)[]
  | Readonly<Record<string, LossName | LossFunction>>;

/** A name as `model.compile` has it (`'accuracy'`, `'mae'`, `'precision'`, …), `'recall'`, any loss, or a function. */
export type MetricOption = string | LossFunction;

/** What a model is trained towards and judged by. */
export interface ObjectiveOptions {
  /** Default: that of `model.compile`. Image splits: cross-entropy of the classes. */
  loss?: LossOption;
  /** Metrics for every output, or a record of them by output. Default: those of `model.compile`. */
  metrics?: readonly MetricOption[] | Readonly<Record<string, MetricOption | readonly MetricOption[]>>;
  /** The factor of each output's loss, as a list or by output. Default 1 each. */
  lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /**
   * Weight of every class, or a record of them by output. For losses over classes, and for zeros and ones of one unit.
   */
  classWeight?: ClassWeight | Readonly<Record<string, ClassWeight>>;
}

/** Names of the options in `ObjectiveOptions`. */
export const OBJECTIVE_OPTIONS = ['loss', 'metrics', 'lossWeights', 'classWeight'] as const;

/** What belongs to one output of the model. */
export interface OutputObjective {
  readonly name: string;
  /** Shape of the output; null is open. */
  readonly shape: readonly (number | null)[];
  readonly loss: Loss;
  readonly factor: number;
  readonly metrics: readonly Metric[];
  readonly classWeights: Float32Array | undefined;
}

/** What was given to `model.compile`. */
interface CompiledModel {
  optimizer?: unknown;
  loss?: LossOption;
  metrics?: unknown;
}

/**
 * The objective of a model's outputs, with every name and head checked.
 *
 * @throws TypeError or RangeError naming the option, the output, and what suits it
 */
export function objectiveOf(caller: string, model: tf.LayersModel, options: ObjectiveOptions): OutputObjective[] {
  const compiled = model as unknown as CompiledModel;
  const isCompiled = compiled.optimizer != null;
  const names = layerNames(model.outputs);
  const loss = options.loss ?? (isCompiled ? compiled.loss : undefined);
  if (loss === undefined || (Array.isArray(loss) && loss.length === 0)) {
    throw new TypeError(`${caller}: loss must be given, since the model is not compiled with one, got ${options.loss}`);
  }
  const losses = perName<unknown>(caller, 'loss', loss, names, {
    isRecord: isPlainRecord(loss),
    isList: Array.isArray(loss),
  });
  const metrics = metricsOf(caller, options.metrics ?? (isCompiled ? compiled.metrics : undefined) ?? [], names);
  const { lossWeights, classWeight } = options;
  const factors = perName<unknown>(caller, 'lossWeights', lossWeights ?? names.map(() => 1), names, {
    isRecord: isPlainRecord(lossWeights),
    isList: lossWeights === undefined || Array.isArray(lossWeights),
    optional: true,
  });
  const byClass = perName<unknown>(caller, 'classWeight', classWeight, names, {
    isRecord: isPlainRecord(classWeight) && Object.values(classWeight).some(isPlainRecord),
    isList: false,
    optional: true,
  });
  const heads = headsOf(model);
  return names.map((name, i) => {
    const { shape } = model.outputs[i] as tf.SymbolicTensor;
    const argument = names.length > 1 ? `loss of '${name}'` : 'loss';
    const of = lossOf(caller, argument, losses[i]);
    checkHead(caller, name, shape, heads[i] as (typeof heads)[number], of);
    const units = shape.at(-1);
    return {
      name,
      shape,
      loss: of,
      factor: factorOf(caller, factors[i] ?? 1, name),
      metrics: uniqueMetrics(
        caller,
        (metrics[i] as unknown[]).map((metric) => metricOf(caller, 'metrics', metric, of, units)),
      ),
      classWeights: byClass[i] === undefined ? undefined : classWeightOf(caller, byClass[i], name, of, units),
    };
  });
}

function metricsOf(caller: string, metrics: unknown, names: readonly string[]): unknown[][] {
  if (isPlainRecord(metrics)) {
    const lists = perName<unknown>(caller, 'metrics', metrics, names, {
      isRecord: true,
      isList: false,
      optional: true,
    });
    return lists.map((list) => (list === undefined ? [] : Array.isArray(list) ? list : [list]));
  }
  const list = Array.isArray(metrics) ? metrics : [metrics];
  // As `compile` has it: a list of lists goes by output.
  if (list.length === names.length && list.length > 0 && list.every(Array.isArray)) return list as unknown[][];
  return names.map(() => list);
}

/** Metrics are reported by name, so that one of two with the same name would be lost. */
function uniqueMetrics(caller: string, metrics: readonly Metric[]): readonly Metric[] {
  const names = metrics.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new RangeError(`${caller}: metrics must have different names, got '${twice}' twice; name the functions`);
  }
  return metrics;
}

function factorOf(caller: string, factor: unknown, output: string): number {
  if (typeof factor === 'number' && factor >= 0 && factor < Infinity) return factor;
  throw new RangeError(`${caller}: lossWeights of '${output}' must be in [0, Infinity), got ${factor}`);
}

function classWeightOf(
  caller: string,
  weights: unknown,
  output: string,
  loss: Loss,
  units: number | null | undefined,
): Float32Array {
  const isBinary = units === 1 && loss.targets === 'fractions';
  const isShares = loss.targets === 'classes' || loss.needsClasses;
  if (!isBinary && !isShares) {
    const need = 'a loss over classes, or zeros and ones of one unit';
    throw new RangeError(`${caller}: classWeight of '${output}' needs ${need}, got '${loss.name}'`);
  }
  return checkClassWeight(caller, `classWeight of '${output}'`, weights, isBinary ? 2 : (units as number));
}

/** The mean loss of a batch over one output, weighted: the sum of weight · loss, divided by the number of losses. */
export function outputLoss(
  { loss, classWeights }: OutputObjective,
  y: tf.Tensor,
  output: tf.Tensor,
  sampleWeight?: tf.Tensor,
): tf.Scalar {
  let losses = loss.of(y, output);
  if (classWeights) losses = weighted(losses, weightsByClass(classWeights, y, loss.targets === 'classes'));
  if (sampleWeight) losses = weighted(losses, sampleWeight);
  return tf.mean(losses) as tf.Scalar;
}

/** Weights `[n]` or `[n, steps]` stand for all losses of their example or step. */
function weighted(losses: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const missing = losses.rank - weights.rank;
  if (missing < 0) {
    throw new RangeError(
      `sampleWeight must have at most the rank of the losses, [${losses.shape}], got [${weights.shape}]`,
    );
  }
  return tf.mul(losses, tf.reshape(weights, [...weights.shape, ...Array<number>(missing).fill(1)]));
}

/** The loss of a batch: the sum of its outputs' losses, each times its factor. */
export function batchLoss(
  objective: readonly OutputObjective[],
  outputs: readonly tf.Tensor[],
  y: readonly tf.Tensor[],
  sampleWeight: readonly (tf.Tensor | undefined)[],
): tf.Scalar {
  const losses = objective.map((of, i) => {
    const loss = outputLoss(of, y[i] as tf.Tensor, outputs[i] as tf.Tensor, sampleWeight[i]);
    return of.factor === 1 ? loss : (tf.mul(loss, of.factor) as tf.Scalar);
  });
  return losses.reduce((sum, loss) => tf.add(sum, loss) as tf.Scalar);
}
