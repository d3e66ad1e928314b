/** What Winnow does with one published model. */

import { join } from 'node:path';
import { targetedDropoutTransform } from '@winnow/baselines';
import { applyTransform, exportWeights, importWeights, loadModel, pytorchNames } from '@winnow/models';
import { useFastGradients } from '@winnow/ops';
import { writeSafetensors } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { prune, reestimateBatchNorm } from '@winnow/training';
import { inspectFile } from '../../packages/evaluation/src/inspect/inspect-file.js';

export const SPARSITY = 0.9;

/** Of one model. Differences are the largest of the predictions of four images of noise. */
export interface Measured {
  readonly model: string;
  readonly parameters: number;
  readonly kernels: number;
  /** Kernels that are left out, by the reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly batchNorms: number;
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** Of the pruned kernels together, and of the one with the fewest and the most zeros. */
  readonly sparsity: number;
  readonly sparsityRange: readonly [number, number];
  /** As `winnow inspect` reads it from the saved model, over all kernels. */
  readonly inspected: { readonly tfjs: number; readonly safetensors: number };
  readonly differences: { readonly stock: number; readonly imported: number; readonly pytorch: number | string };
}

const BATCH = 4;

/** @throws Error if a step fails */
export async function measure(name: string, file: string, directory: string): Promise<Measured> {
  // tf.layers itself cannot train a BatchNorm without scale, as Inception v3 has it.
  useFastGradients();
  const model = await loadModel(`file://${file}`);
  const [, height, width, channels] = model.inputs[0]!.shape as [null, number, number, number];
  const classes = model.outputs[0]!.shape.at(-1) as number;
  const x = tf.randomUniform([BATCH, height, width, channels], 0, 1, 'float32', 1);
  const y = tf.oneHot(tf.range(0, BATCH, 1, 'int32').mod(tf.scalar(classes, 'int32')), classes).toFloat();
  const predict = (of: tf.LayersModel) => (of.predict(x) as tf.Tensor).dataSync();
  const difference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

  const applied = applyTransform(model, targetedDropoutTransform({ targetFraction: SPARSITY, dropRate: 0.5 }));
  const reasons = applied.skipped.map(({ why }) => why.replace(/'[^']*'/, '…'));
  const skipped = Object.fromEntries(reasons.map((why) => [why, reasons.filter((other) => other === why).length]));
  model.compile({ optimizer: tf.train.sgd(0.001), loss: 'categoricalCrossentropy' });
  const lossOf = () => (model.evaluate(x, y, { batchSize: BATCH }) as tf.Scalar).dataSync()[0]!;
  const lossBefore = lossOf();
  await model.fit(x, y, { batchSize: BATCH, epochs: 1, verbose: 0 });
  const lossAfter = lossOf();
  const pruned = prune(model, { sparsity: SPARSITY });
  const batchNorms = await reestimateBatchNorm(model, { x }, { batches: 2, batchSize: BATCH / 2 });
  applied.bake();
  const shares = pruned.map(({ weights, kept }) => 1 - kept / weights);
  const weights = pruned.reduce((sum, kernel) => sum + kernel.weights, 0);
  const kept = pruned.reduce((sum, kernel) => sum + kernel.kept, 0);

  const expected = predict(model);
  if (!expected.every(Number.isFinite)) throw new Error(`${name}: a prediction is not finite`);
  const saved = join(directory, `${name}-pruned`);
  await model.save(`file://${saved}`);
  const stock = await tf.loadLayersModel(`file://${saved}/model.json`);
  const tensors = join(directory, `${name}-pruned.safetensors`);
  writeSafetensors(tensors, exportWeights(model));
  const fresh = await loadModel(`file://${file}`);
  importWeights(fresh, tensors);
  const inspected = { tfjs: await zeroShare(join(saved, 'model.json')), safetensors: await zeroShare(tensors) };
  const differences = {
    stock: difference(predict(stock), expected),
    imported: difference(predict(fresh), expected),
    pytorch: pytorchTrip(model, fresh, () => difference(predict(fresh), expected)),
  };
  const parameters = model.countParams();
  for (const used of [model, stock, fresh]) used.dispose();
  tf.dispose([x, y]);
  return {
    model: name,
    parameters,
    kernels: pruned.length,
    skipped,
    batchNorms,
    lossBefore,
    lossAfter,
    sparsity: 1 - kept / weights,
    sparsityRange: [Math.min(...shares), Math.max(...shares)],
    inspected,
    differences,
  };
}

/** Through PyTorch's names and layouts and back; or why that is refused. */
function pytorchTrip(from: tf.LayersModel, to: tf.LayersModel, compare: () => number): number | string {
  const names = pytorchNames((layer) => layer);
  try {
    importWeights(to, exportWeights(from, names), names);
    return compare();
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

async function zeroShare(file: string): Promise<number> {
  const { kernels } = await inspectFile(file);
  const sum = (of: (kernel: (typeof kernels)[number]) => number) => kernels.reduce((all, one) => all + of(one), 0);
  return sum(({ zeros }) => zeros) / sum(({ weights }) => weights);
}
