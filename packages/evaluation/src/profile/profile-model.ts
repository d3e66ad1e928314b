import { appliedTransform, type ModelKernel, modelKernels } from '@winnow/models';
import { type Choice, explainReason, type LayerExecution, recordExecution, useFastGradients } from '@winnow/ops';
import { startProgress } from '@winnow/system/progress';
import { tf } from '@winnow/tensorflow';
import { makeOptimizer, timedSteps } from '@winnow/training';
import { describeEnvironment } from '../experiments/run-experiment.js';
import { notesOf } from './notes.js';
import type { ProfiledLayer, ProfiledPass, ProfileResult } from './profile-result.js';
import { type ProfiledModel, RUN_STEPS } from './profiled-model.js';
import type { ProfileSettings } from './settings.js';
import { syntheticBatch, syntheticTask } from './synthetic-step.js';
import { inTurns, PASSES, type Times, timeLayers } from './time-layers.js';

/** Small: weights that grow without bound would end in NaN, whose masks are others. */
const LEARNING_RATE = 1e-5;

/**
 * Profiles training steps of a model on random input: what `execution: 'auto'` chooses for each pass of each layer in a
 * step, how long the passes take dense and sparse, and how long whole steps take. Shows progress on standard error.
 *
 * @param command that repeats it
 */
export async function profileModel(
  profiled: ProfiledModel,
  settings: Pick<ProfileSettings, 'rounds' | 'seed'>,
  command: string,
): Promise<ProfileResult> {
  const { model, inputs, title, method } = profiled;
  const task = syntheticTask(model);
  const optimizer = makeOptimizer({}, task.transform);
  const batch = syntheticBatch(model, inputs, settings.seed);
  const steps = (start: number, count: number) =>
    (timedSteps(task, batch, optimizer, { start, count, learningRate: LEARNING_RATE }) * 1000) / count;
  let recorded: LayerExecution[] = [];
  try {
    useFastGradients({ execution: 'auto' });
    const warmUp = startProgress({ title: 'Training', total: RUN_STEPS, unit: 'steps' });
    for (let step = 0; step < RUN_STEPS; step++) {
      steps(step, 1);
      warmUp.increment();
      await new Promise(setImmediate);
    }
    warmUp.stop();
    recorded = recordExecution(() => void steps(RUN_STEPS, 1));
    const times = await timeLayers(recorded, settings.rounds);
    const progress = startProgress({ title: 'Timing steps', total: 2 * (settings.rounds + 1), unit: 'steps' });
    const works = (['dense', 'auto'] as const).map((execution) => () => {
      useFastGradients({ execution });
      return steps(RUN_STEPS, 1);
    });
    const [dense, auto] = await inTurns(works, settings.rounds, () => progress.increment(), 1);
    progress.stop();
    const layers = layersOf(model, recorded, times);
    return {
      format: 'winnow-profile/1',
      created: new Date().toISOString(),
      command,
      model: title,
      method,
      inputs: inputs.map((shape) => [...shape]),
      environment: describeEnvironment(),
      layers,
      milliseconds: { layers: sumOf(layers), step: { dense: dense as number, auto: auto as number } },
    };
  } finally {
    for (const layer of recorded) layer.dispose();
    useFastGradients({ execution: 'dense' });
    optimizer.dispose();
    tf.dispose(batch);
  }
}

/** A layer for each call that was recorded, and for each kernel whose layer never chose. */
function layersOf(
  model: tf.LayersModel,
  recorded: readonly LayerExecution[],
  times: readonly Times[],
): ProfiledLayer[] {
  const applied = appliedTransform(model);
  const skipped = new Map(applied?.skipped.map(({ path, why }) => [path, why]));
  return modelKernels(model).flatMap((kernel): ProfiledLayer[] => {
    const { path, layer, variable } = kernel;
    const kind = layer.getClassName();
    const common = { path, kind, kernel: [...variable.shape] };
    const calls = [...recorded.entries()].filter(([, { layer: of }]) => of === layer);
    if (calls.length === 0) {
      const density = densityOf(model, kernel);
      const choice: Choice = { sparse: false, reason: { code: 'not-handled', what: `layers of type ${kind}` } };
      const pass = passOf(choice, { dense: null, sparse: null });
      const none = { ...common, input: null, density, gradientDensity: density };
      const passes = { forward: pass, inputGradient: pass, filterGradient: pass };
      return [{ ...none, ...passes, notes: notesOf({ ...none, ...passes }, skipped.get(path)) }];
    }
    return calls.map(([i, { choices, inputShape, density, gradientDensity }]) => {
      const [forward, inputGradient, filterGradient] = PASSES.map((pass) => passOf(choices[pass], times[i]![pass]));
      const passes = {
        forward: forward as ProfiledPass,
        inputGradient: readsInput(layer) ? null : (inputGradient as ProfiledPass),
        filterGradient: filterGradient as ProfiledPass,
      };
      const of = { ...common, input: [...inputShape], density, gradientDensity, ...passes };
      return { ...of, notes: notesOf(of, skipped.get(path)) };
    });
  });
}

function passOf({ sparse, reason }: Choice, milliseconds: ProfiledPass['milliseconds']): ProfiledPass {
  return { sparse, reason: reason.code, explanation: explainReason(reason), milliseconds: { ...milliseconds } };
}

/** Whether a layer reads nothing but inputs of the model, to which no gradient goes. */
function readsInput(layer: object): boolean {
  const { inboundNodes = [] } = layer as { inboundNodes?: { inboundLayers: { getClassName(): string }[] }[] };
  const before = inboundNodes.flatMap(({ inboundLayers }) => inboundLayers);
  return before.length > 0 && before.every((one) => one.getClassName() === 'InputLayer');
}

/** The share of a kernel that evaluation sees, where its layer does not say. */
function densityOf(model: tf.LayersModel, kernel: ModelKernel): number {
  const applied = appliedTransform(model);
  const own = applied?.kernels.find(({ path }) => path === kernel.path);
  return tf.tidy(() => {
    const values = own ? applied!.evaluated(own) : kernel.variable;
    return tf.mean(tf.cast(tf.notEqual(values, 0), 'float32')).dataSync()[0] as number;
  });
}

function sumOf(layers: readonly ProfiledLayer[]): { dense: number; auto: number } {
  const passes = layers.flatMap((layer) => PASSES.flatMap((pass) => layer[pass] ?? []));
  const sum = (of: (pass: ProfiledPass) => number | null) => passes.reduce((total, pass) => total + (of(pass) ?? 0), 0);
  return {
    dense: sum(({ milliseconds: { dense } }) => dense),
    auto: sum(({ sparse, milliseconds }) => (sparse ? milliseconds.sparse : milliseconds.dense)),
  };
}
