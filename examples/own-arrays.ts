import { tf } from '@winnow/tensorflow';
import { evaluate, train } from '@winnow/training';

// 600 points of the plane in three groups: x is [600, 2], y the number of each point's group.
const y = Int32Array.from({ length: 600 }, (_, i) => i % 3);
const x = Float32Array.from({ length: 1200 }, (_, i) => Math.cos(2 * y[i >> 1]! + (i % 2)) + 0.3 * Math.sin(i * i));

const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 16, activation: 'relu', inputShape: [2] }),
    tf.layers.dense({ units: 3, activation: 'softmax' }),
  ],
});
const loss = 'sparseCategoricalCrossentropy';
await train(model, { x, y }, { epochs: 20, batchSize: 32, loss, learningRate: { kind: 'cosine', rate: 0.1 } });
const { metrics } = await evaluate(model, { x, y }, { loss, metrics: ['accuracy'] });
console.log(`accuracy ${metrics['accuracy']!.toFixed(2)}`);
