import { sgd } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { train } from '@winnow/training';

// Batches {xs, ys}. The seed makes `shuffle` give the same order in a process that resumes the run.
const points = Array.from({ length: 256 }, (_, i) => ({ xs: [Math.sin(i)], ys: [3 * Math.sin(i) - 1] }));
const stream = () => tf.data.array(points).shuffle(256, 'seed').batch(32);
const line = () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });

const model = line();
await train(model, stream(), {
  epochs: 15,
  loss: 'meanSquaredError',
  learningRate: { kind: 'constant', rate: 0.05 },
  checkpoint: { directory: 'line-checkpoints' },
});

// The optimizers are tf.Optimizers, so tfjs's own loop takes them too.
const other = line();
other.compile({ optimizer: sgd(0.05, { momentum: 0.9 }), loss: 'meanSquaredError' });
await other.fitDataset(stream(), { epochs: 15, verbose: 0 });
for (const { name, weights } of [
  { name: 'train', weights: model.getWeights() },
  { name: 'fitDataset', weights: other.getWeights() },
]) {
  console.log(`${name}: y = ${weights.map((weight) => weight.dataSync()[0]!.toFixed(2)).join(' x + ')}`);
}
