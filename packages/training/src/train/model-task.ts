import { appliedTransform, seededDropout } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { checkOptions } from '../arguments.js';
import { sourceOf } from '../examples/data-source.js';
import { type ExampleBatch, tensorsOf } from '../examples/source.js';
import { type ExampleStream, type Examples, isSplit, type TrainingData } from '../examples/training-data.js';
import { evaluate } from '../metrics/evaluate.js';
import { batchLoss, OBJECTIVE_OPTIONS, type ObjectiveOptions, objectiveOf } from '../objective/objective.js';
import { constraintsOf, regularisers, withPenalties } from '../objective/penalties.js';
import { locateInLayers } from './locate-in-layers.js';
import { checkGradients } from './missing-gradients.js';
import type { TrainingTask } from './task.js';
import { variableNames } from './variable-names.js';

/** Options of `modelTask`. */
export interface ModelTaskOptions extends ObjectiveOptions {
  /** Examples per step. Leave it out for a `tf.data.Dataset`, which comes in batches. */
  batchSize?: number | undefined;
  /** Batches of an epoch: needed for a `tf.data.Dataset` that does not know its length, and refused otherwise. */
  batchesPerEpoch?: number | undefined;
  /** Seed of the order of examples. Default 0. */
  seed?: number;
  /** Whether every epoch goes through the examples in another order. Default true. */
  shuffle?: boolean;
  /** Data to evaluate on: metrics `testLoss`, `testAccuracy`, … Default: no evaluation. */
  test?: TrainingData | undefined;
  /** Whether checkpoints are written: a stream is then checked when it is read again. Default true. */
  checkpoints?: boolean;
}

/** The keys of `ModelTaskOptions`. */
export const MODEL_TASK_OPTIONS: readonly string[] = [
  ...OBJECTIVE_OPTIONS,
  ...['batchSize', 'batchesPerEpoch', 'seed', 'shuffle', 'test', 'checkpoints'],
];

/** A task over examples or a stream. Dispose it after training. */
export interface ModelTask extends TrainingTask<ExampleBatch> {
  /** What tells runs on other data or towards another loss apart. */
  readonly identity: Readonly<Record<string, unknown>>;
  dispose(): void;
}

/**
 * A training task for any tf.layers model on examples of one's own. The loss is the sum of its outputs' losses and of
 * its regularisers; constraints are applied after every step.
 *
 * @throws TypeError or RangeError naming the option, input, output or layer, and what suits it
 */
export function modelTask(
  model: tf.LayersModel,
  data: Examples | ExampleStream,
  options: ModelTaskOptions,
  caller = 'modelTask',
): ModelTask {
  checkOptions(caller, options, MODEL_TASK_OPTIONS);
  const { seed = 0, shuffle = true, test, batchSize, batchesPerEpoch, checkpoints = true } = options;
  const { loss, metrics, lossWeights, classWeight } = options;
  checkGradients(caller, model);
  const objective = objectiveOf(caller, model, options);
  const source = sourceOf(caller, 'data', model, data, objective, {
    batchSize,
    batchesPerEpoch,
    seed,
    shuffle,
    dropRemainder: true,
    digest: checkpoints,
  });
  const names = variableNames(model);
  const saved = new Map([...source.saved].map(([name, variable]) => [variable, name]));
  const terms = regularisers(model);
  const constrain = constraintsOf(model);
  const outputsOf = (x: readonly tf.Tensor[]): tf.Tensor[] => {
    const outputs = model.apply(x.length === 1 ? (x[0] as tf.Tensor) : [...x], { training: true });
    return (Array.isArray(outputs) ? outputs : [outputs]) as tf.Tensor[];
  };
  let examples = batchSize ?? 0;
  return {
    name: 'model',
    identity: {
      ...source.identity,
      shuffle,
      loss: objective.map((output) => output.loss.name),
      lossWeights: objective.map(({ factor }) => factor),
      classWeight: classWeight ?? null,
    },
    trainable: model.trainableWeights.map((weight) => weight.read() as tf.Variable),
    saved: [...names.keys(), ...saved.keys()],
    nameOf: (variable) => names.get(variable) ?? saved.get(variable) ?? variable.name,
    stepsPerEpoch: source.batchesPerEpoch,
    // Of the last batch: those of a stream may differ in size.
    get examplesPerStep() {
      return examples;
    },
    unit: 'examples',
    transform: appliedTransform(model),
    batches: (epoch, start) => source.batches(epoch, start),
    loss(batch, step) {
      examples = batch.size;
      source.taken?.(batch);
      seededDropout(model)?.step.set(step);
      return withPenalties(batchLoss(objective, outputsOf(batch.x), batch.y, batch.sampleWeight), terms);
    },
    ...(constrain && { constrain }),
    disposeBatch: (batch) => tf.dispose(tensorsOf(batch)),
    locateNotFinite: ({ x }) => locateInLayers(model, () => outputsOf(x)),
    ...(test && {
      async evaluate(signal) {
        if (isSplit(test)) {
          const { loss: testLoss, accuracy } = await evaluate(model, test, { signal, ...(loss && { loss }) });
          return { testLoss, testAccuracy: accuracy };
        }
        const given = { ...(loss && { loss }), ...(metrics && { metrics }), ...(lossWeights && { lossWeights }) };
        const measured = await evaluate(model, test, { signal, ...given });
        return Object.fromEntries([
          ['testLoss', measured.loss],
          ...Object.entries(measured.metrics).map(([name, value]) => [
            `test${name[0]?.toUpperCase()}${name.slice(1)}`,
            value,
          ]),
        ]);
      },
    }),
    dispose: () => source.dispose(),
  };
}
